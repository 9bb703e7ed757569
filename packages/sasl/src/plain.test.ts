import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readPlain } from "./index.ts"
import { MAX_PLAIN } from "./plain.ts"

const read = (text: string) => readPlain(Buffer.from(text, "utf8"))

test("reads the RFC's examples, the one for another person apart", () => {
  assert.deepEqual(read("\0tim\0tanstaaftanstaaf"), {
    kind: "plain",
    name: "tim",
    secret: "tanstaaftanstaaf",
  })
  assert.equal(read("Ursel\0Kurt\0xipj3plmq").kind, "malformed")
})

test("takes a name to act as that is the name itself", () => {
  assert.deepEqual(read("ann@example.org\0ann@example.org\0x"), {
    kind: "plain",
    name: "ann@example.org",
    secret: "x",
  })
})

test("refuses what has not two parts with something in them", () => {
  const refused = [
    "",
    "\0",
    "\0\0",
    "ann",
    "\0ann",
    "\0ann\0",
    "\0\0secret",
    "\0ann\0secret\0",
    "\0a\0b\0c",
    "ann\0\0x",
  ]
  for (const text of refused) assert.equal(read(text).kind, "malformed", JSON.stringify(text))
})

test("refuses octets that are no UTF-8, and a message that is too long", () => {
  assert.equal(readPlain(Buffer.from([0, 0x61, 0, 0xff])).kind, "malformed")
  assert.equal(read(`\0a\0${"x".repeat(MAX_PLAIN)}`).kind, "malformed")
  assert.equal(read(`\0a\0${"x".repeat(MAX_PLAIN - 3)}`).kind, "plain")
})

test("gives back every name and secret as they were put in", () => {
  const field = fc
    .string({ unit: "binary", minLength: 1, maxLength: 60 })
    .filter(text => !text.includes("\0"))
  fc.assert(
    fc.property(field, field, fc.boolean(), (name, secret, named) => {
      assert.deepEqual(read(`${named ? name : ""}\0${name}\0${secret}`), { kind: "plain", name, secret })
    }),
  )
})
