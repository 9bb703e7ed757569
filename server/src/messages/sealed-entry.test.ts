import assert from "node:assert/strict"
import { createSecretKey, randomBytes } from "node:crypto"
import { test } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import { systemChance } from "../ports/chance.ts"
import { type AccountId, asId, type EmailId } from "../store/ids.ts"
import { VaultError } from "../vaults/index.ts"
import { headOctetsOf, prepareEntry, readEntry } from "./entry.ts"
import { openEntryData, sealEntry } from "./sealed-entry.ts"

const place = { account: asId<AccountId>(1), email: asId<EmailId>(2), body: randomBytes(16) }
const key = { id: 1, key: createSecretKey(randomBytes(32)), uses: 0 }

function entryOf(words: number): Buffer {
  const text = "a word of many, ".repeat(words)
  return prepareEntry(scanMessage(Buffer.from(`Subject: letter\r\n\r\n${text}\r\n`)))(7, {
    kind: "accept",
    reasons: [{ code: "dkim-pass", sentence: "It is signed." }],
  })
}

test("a short entry is one piece", () => {
  const entry = entryOf(3)
  const { parts, headBytes } = sealEntry(key, place, entry, systemChance)
  assert.equal(headBytes, undefined)
  assert.deepEqual(openEntryData(key.key, place, Buffer.concat(parts), undefined), entry)
})

test("the head of a long one opens without its text, and says all but that", () => {
  const entry = entryOf(2_000)
  const { parts, headBytes } = sealEntry(key, place, entry, systemChance)
  const data = Buffer.concat(parts)
  assert.ok(headBytes !== undefined && headBytes < 1_000)
  const head = openEntryData(key.key, place, data.subarray(0, headBytes), headBytes)
  assert.equal(head.length, headOctetsOf(entry))
  const [short, whole] = [readEntry(head), readEntry(openEntryData(key.key, place, data, headBytes))]
  assert.deepEqual(
    [short.envelope, short.preview, short.traceBytes, short.textCut, short.screening],
    [whole.envelope, whole.preview, 7, whole.textCut, whole.screening],
  )
  assert.match(whole.text, /a word of many, $|a word of many,$/m)
  assert.throws(() => short.text, { name: "EntryError" })
})

test("pieces do not open in another's place, nor beside another body", () => {
  const { parts, headBytes } = sealEntry(key, place, entryOf(2_000), systemChance)
  const data = Buffer.concat(parts)
  assert.ok(headBytes !== undefined)
  const elsewhere = { ...place, body: randomBytes(16) }
  assert.throws(() => openEntryData(key.key, elsewhere, data, headBytes), VaultError)
  const swapped = Buffer.concat([data.subarray(headBytes), data.subarray(0, headBytes)])
  assert.throws(() => openEntryData(key.key, place, swapped, data.length - headBytes), VaultError)
  assert.throws(() => openEntryData(key.key, place, data.subarray(0, headBytes), undefined), VaultError)
})
