import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readValue } from "../../fixtures/read-response.ts"
import { decodeUtf7, encodeUtf7 } from "./modified-utf7.ts"
import { mailboxNameOf, writeMailboxName } from "./name.ts"

const valid: readonly (readonly [name: string, wire: string])[] = [
  ["INBOX", "INBOX"],
  ["", ""],
  ["A&B", "A&-B"],
  ["&", "&-"],
  ["&&", "&-&-"],
  ["Entwürfe", "Entw&APw-rfe"],
  ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"], // RFC 3501 §5.1.3
  ["☺!", "&Jjo-!"],
  ["😀", "&2D3eAA-"],
  ["a\tb", "a&AAk-b"],
]

/** What `decodeUtf7` refuses. */
const invalid: readonly string[] = [
  "&",
  "a&b",
  "&Jjo", // no end
  "&Jjo!", // RFC 3501 §5.1.3
  "&U,BTFw-&ZeVnLIqe-", // RFC 3501 §5.1.3: a superfluous shift
  "&AEE-", // "A" could stand for itself
  "&AC8-", // "/" too
  "&APx-", // bits behind the last character
  "&AP-", // half a character
  "&2D0-", // half a pair
  "&AP/8-", // "/" is no digit here
  "&APw=-",
  "\xfc",
  "tab\there",
]

test("modified UTF-7, both ways", () => {
  for (const [name, wire] of valid) {
    assert.equal(encodeUtf7(name), wire)
    assert.equal(decodeUtf7(wire), name)
  }
  for (const wire of invalid) assert.equal(decodeUtf7(wire), undefined, wire)
})

test("any name comes back as it was, in both forms", () => {
  const name = fc
    .string({ unit: "grapheme", maxLength: 30 })
    .map(text => text.toWellFormed().normalize("NFC"))
  fc.assert(
    fc.property(name, text => {
      assert.equal(decodeUtf7(encodeUtf7(text)), text)
      const inUtf7 = readBack(writeMailboxName(text, false))
      assert.match(inUtf7, /^[\x20-\x7e]*$/)
      assert.equal(decodeUtf7(inUtf7), text)
      const wire = Buffer.from(readBack(writeMailboxName(text.replaceAll("\0", ""), true))).toString("latin1")
      assert.equal(mailboxNameOf(wire, true)?.toLowerCase(), text.replaceAll("\0", "").toLowerCase())
    }),
  )
})

test("any octets are read, or refused, in the one form that they have", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."&-+,/=AQgwZeVnL\xfc"), maxLength: 12 }), wire => {
      const name = decodeUtf7(wire)
      if (name !== undefined) assert.equal(encodeUtf7(name), wire)
    }),
    { numRuns: 2_000 },
  )
})

function readBack(wire: string): string {
  const value = readValue(wire)
  if (typeof value === "string") return value
  if (typeof value === "number") return String(value)
  if (value !== null && "atom" in value) return value.atom
  throw new Error(`no name: ${wire}`)
}

test("INBOX is INBOX in any case, as a first level too", () => {
  for (const [wire, name] of [
    ["inbox", "INBOX"],
    ["InBox/Sub", "INBOX/Sub"],
    ["inboxes", "inboxes"],
    ["a/inbox", "a/inbox"],
  ] as const)
    assert.equal(mailboxNameOf(wire, false), name)
})

test("names in UTF-8 are read when the client has enabled them, and composed", () => {
  assert.equal(mailboxNameOf("Entwu\xcc\x88rfe", true), "Entwürfe")
  assert.equal(mailboxNameOf("A&B", true), "A&B")
  assert.equal(mailboxNameOf("\xc3", true), undefined)
  assert.equal(mailboxNameOf("\xc3\xbc", false), undefined)
  assert.equal(writeMailboxName("Entwürfe", true), '"Entw\xc3\xbcrfe"')
  assert.equal(writeMailboxName("Entwürfe", false), "Entw&APw-rfe")
  assert.equal(writeMailboxName("two words", false), '"two words"')
})

test("no mailbox has a name with very many marks on one letter, and that is seen in no time", () => {
  const octets = (text: string): string => Buffer.from(text, "utf8").toString("latin1")
  const name = `a${"\u0301".repeat(16_000)}${"\u0316".repeat(16_000)}`
  const began = performance.now()
  for (let n = 0; n < 20; n += 1) assert.equal(mailboxNameOf(octets(name), true), undefined)
  assert.ok(performance.now() - began < 5_000)
  assert.equal(mailboxNameOf(octets("e\u0301\u0316"), true), "e\u0316\u0301".normalize("NFC"))
})
