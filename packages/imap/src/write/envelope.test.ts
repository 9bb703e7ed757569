import assert from "node:assert/strict"
import { test } from "node:test"
import type { EnvelopeText } from "@letterkeep/mime"
import fc from "fast-check"
import { readValue } from "../../fixtures/read-response.ts"
import { writeEnvelope } from "./envelope.ts"

/** Addresses as they stand in From, and the list that is written. */
const lists: readonly (readonly [text: string | undefined, wire: string])[] = [
  [undefined, "NIL"],
  ["", "NIL"],
  [",", "NIL"],
  ["a@b", '((NIL NIL "a" "b"))'],
  ['"Fred, F" <fred@x.test>', '(("Fred, F" NIL "fred" "x.test"))'],
  ["=?utf-8?q?J?= <j@x>, k@y", '(("=?utf-8?q?J?=" NIL "j" "x")(NIL NIL "k" "y"))'],
  ["Jörg <j@x>", '(({5}\r\nJ\xc3\xb6rg NIL "j" "x"))'],
  ["<@r1,@r2:a@b>", '((NIL "@r1,@r2" "a" "b"))'],
  ['"a b"@c', '((NIL NIL "a b" "c"))'],
  // A host of NIL would make a group of them.
  ["root", '((NIL NIL "root" ""))'],
  ["Nobody <>", '(("Nobody" NIL "" ""))'],
  // RFC 9051 §7.5.2: groups.
  [
    "All: a@b, C <c@d>; e@f",
    '((NIL NIL "All" NIL)(NIL NIL "a" "b")("C" NIL "c" "d")(NIL NIL NIL NIL)(NIL NIL "e" "f"))',
  ],
  ["undisclosed-recipients:;", '((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))'],
]

test("address lists, groups and what is missing of an address", () => {
  for (const [to, wire] of lists)
    assert.equal(writeEnvelope({ to }), `(NIL NIL NIL NIL NIL ${wire} NIL NIL NIL NIL)`)
})

test("Sender and Reply-To are what From is where they are absent or empty", () => {
  assert.equal(
    writeEnvelope({ from: "a@b", sender: "", "reply-to": ",", date: "", subject: 'S "x"' }),
    '("" "S \\"x\\"" ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL)',
  )
  assert.equal(
    writeEnvelope({ from: "a@b", sender: "c@d", "reply-to": "e@f" }),
    '(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) ((NIL NIL "e" "f")) NIL NIL NIL NIL NIL)',
  )
})

test("the order of the envelope is that of RFC 9051 §7.5.2", () => {
  const fields: EnvelopeText = {
    date: "1",
    subject: "2",
    from: "3",
    sender: "4",
    "reply-to": "5",
    to: "6",
    cc: "7",
    bcc: "8",
    "in-reply-to": "9",
    "message-id": "10",
  }
  const one = (local: number) => [[null, null, String(local), ""]]
  assert.deepEqual(readValue(writeEnvelope(fields)), [
    ...["1", "2", one(3), one(4), one(5), one(6), one(7), one(8), "9", "10"],
  ])
})

test("any text gives an envelope of ten values", () => {
  const text = fc.option(fc.string({ unit: "binary", maxLength: 60 }), { nil: undefined })
  fc.assert(
    fc.property(text, text, text, (subject, from, to) => {
      const value = readValue(writeEnvelope({ subject, from, to, cc: from, "message-id": to }))
      assert.ok(Array.isArray(value) && value.length === 10)
      for (const list of value.slice(2, 8))
        assert.ok(
          list === null || list.every((address: unknown) => Array.isArray(address) && address.length === 4),
        )
    }),
  )
})
