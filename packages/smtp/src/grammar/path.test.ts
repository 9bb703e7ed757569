import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import { writeLocalPart } from "./local-part.ts"
import { pathText, readPath } from "./path.ts"

interface List {
  readonly valid: readonly (readonly [string, string])[]
  readonly invalid: readonly string[]
}
const lists = JSON.parse(readFileSync(new URL("../../fixtures/paths.json", import.meta.url), "utf8")) as {
  readonly [of in "reverse" | "forward"]: List
}

for (const kind of ["reverse", "forward"] as const) {
  test(`reads each valid ${kind}-path of the list`, () => {
    for (const [input, address] of lists[kind].valid) {
      const read = readPath(input, 0, kind)
      assert.ok(read.kind === "path", input)
      assert.equal(pathText(read.path), address, input)
      assert.equal(read.end, input.length, input)
    }
  })

  test(`refuses each invalid ${kind}-path of the list`, () => {
    for (const input of lists[kind].invalid) {
      const read = readPath(input, 0, kind)
      assert.ok(read.kind === "bad" || read.end < input.length, input)
    }
  })
}

test("reads back every local part that it writes, quoted or not", () => {
  const printable = fc.stringMatching(/^[\x20-\x7e]{1,60}$/)
  fc.assert(
    fc.property(printable, value => {
      const read = readPath(`<${writeLocalPart(value)}@example.org>`, 0, "reverse")
      assert.ok(read.kind === "path" && read.path.kind === "mailbox")
      assert.equal(read.path.localPart, value)
    }),
  )
})

test("never throws on any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), text => {
      readPath(`<${text}`, 0, "forward")
      readPath(text, 0, "reverse")
    }),
  )
})

test("refuses a path longer than its limit, counted in octets", () => {
  const of = (local: string): string => readPath(`<${local}@example.org>`, 0, "reverse").kind
  assert.equal(of("a".repeat(308)), "path")
  assert.equal(of("a".repeat(309)), "bad")
  assert.equal(of("ü".repeat(154)), "path")
  assert.equal(of("ü".repeat(155)), "bad")
})
