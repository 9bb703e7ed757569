import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createCanonicalFields, relaxField, withoutSignature } from "./header-canon.ts"
import { splitFields } from "./split-fields.ts"

test("relaxes the example of RFC 6376 §3.4.5", () => {
  const fields = splitFields(Buffer.from("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n"))
  const canonical = createCanonicalFields(fields)
  assert.equal(canonical.canonical(0, "relaxed"), "a:X\r\n")
  assert.equal(canonical.canonical(1, "relaxed"), "b:Y Z\r\n")
  assert.equal(canonical.canonical(1, "simple"), "B : Y\t\r\n\tZ  \r\n")
})

test("finds all fields of a name from the top, whatever their case", () => {
  const canonical = createCanonicalFields(splitFields(Buffer.from("Received: 1\r\nTo: x\r\nRECEIVED: 2\r\n")))
  assert.deepEqual(canonical.named("received"), [0, 2])
  assert.deepEqual(canonical.named("date"), [])
})

test("empties the signature's value and leaves the rest, whatever stands around it", () => {
  const raw = "DKIM-Signature: v=1; b=abc\r\n def; bh=xyz;\r\n\tb2=q\r\n"
  assert.equal(withoutSignature(raw, "simple"), "DKIM-Signature: v=1; b=; bh=xyz;\r\n\tb2=q")
  assert.equal(withoutSignature(raw, "relaxed"), "dkim-signature:v=1; b=; bh=xyz; b2=q")
  assert.equal(withoutSignature("X: a=1;\r\n b =\r\n abc\r\n", "simple"), "X: a=1;\r\n b =")
  assert.equal(withoutSignature("X: b=abc;\r\n", "simple"), "X: b=;")
})

test("relaxes an already relaxed field to itself", () => {
  const value = fc.array(fc.constantFrom("a", " ", "\t", "\r\n ", "é", ":", ";"), { maxLength: 30 })
  fc.assert(
    fc.property(value, pieces => {
      const once = relaxField(`Some-Name \t:${pieces.join("")}\r\n`)
      assert.equal(relaxField(`${once}\r\n`), once)
      assert.doesNotMatch(once, /[\r\n\t]| {2}|^some-name: | $/)
    }),
  )
})

test("stays quick on a run of white space that leads to no colon", () => {
  // Not timed: as a square of the length, this would take half an hour.
  const field = (spaces: number) => `a1${" ".repeat(spaces)}\r\n :v\r\n`
  const { named, canonical } = createCanonicalFields(splitFields(Buffer.from(field(1_000_000))))
  assert.deepEqual(named("a1"), [])
  assert.deepEqual(named(""), [0])
  assert.ok(canonical(0, "relaxed").endsWith("\r\n"))
  assert.ok(relaxField(field(1_000_000)).startsWith("a1"))
  assert.equal(relaxField(`a1${" \t".repeat(500_000)}:v\r\n`), "a1:v")
})

test("gives no name to a first line that continues nothing", () => {
  assert.deepEqual(
    splitFields(Buffer.from(" A: 1\r\nB: 2\r\n")).map(({ name }) => name),
    ["", "B"],
  )
})

test("splits a header block without losing a byte", () => {
  const block = "no colon here\r\nA:1\r\n 2\r\n\t3\r\n: nameless\r\nB :x\r\n"
  const fields = splitFields(Buffer.from(`${block}\r\nbody: not a field\r\n`))
  assert.deepEqual(
    fields.map(({ name }) => name),
    ["", "A", "", "B"],
  )
  assert.equal(Buffer.concat(fields.map(({ raw }) => raw)).toString(), block)
})
