import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { decodeXtext, encodeXtext, isXtext } from "./xtext.ts"

test("decodes what it encodes, for every octet", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), octets => {
      const text = Buffer.from(octets).toString("latin1")
      const encoded = encodeXtext(text)
      assert.ok(isXtext(encoded))
      assert.equal(decodeXtext(encoded), text)
    }),
  )
})

test("refuses what is not xtext", () => {
  for (const text of ["+", "+2", "+2b", "+G0", "a=b", "a b", "a\t", "ü", "\x7f"])
    assert.equal(isXtext(text), false, text)
  for (const text of ["", "a", "+2B+3D", "a@b.example", "!~"]) assert.equal(isXtext(text), true, text)
})
