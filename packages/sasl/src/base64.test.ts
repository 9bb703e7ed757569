import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { MAX_SASL_TEXT } from "./base64.ts"
import { readSaslText, saslText } from "./index.ts"

test("reads what it writes, whatever the octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), octets => {
      assert.deepEqual(readSaslText(saslText(octets)), Buffer.from(octets))
    }),
  )
})

test("takes an equals sign alone, and an empty text, for a message without octets", () => {
  assert.deepEqual(readSaslText("="), Buffer.alloc(0))
  assert.deepEqual(readSaslText(""), Buffer.alloc(0))
})

test("refuses every other spelling of the same octets", () => {
  const refused = [
    "AA",
    "AA=",
    "AAA",
    "AB==",
    "AAB=",
    "A A=",
    " AA==",
    "AA==\n",
    "AA==AA==",
    "AA*=",
    "A-_=",
    "==",
  ]
  for (const text of refused) assert.equal(readSaslText(text), undefined, JSON.stringify(text))
})

test("refuses what is longer than any message of ours", () => {
  assert.ok(readSaslText("A".repeat(MAX_SASL_TEXT)) !== undefined)
  assert.equal(readSaslText("A".repeat(MAX_SASL_TEXT + 4)), undefined)
})
