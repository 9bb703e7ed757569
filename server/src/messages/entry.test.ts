import assert from "node:assert/strict"
import { test } from "node:test"
import { octetsOf, scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { entryTextLimit, envelopeFieldLimit, prepareEntry, readEntry } from "./entry.ts"
import { EntryError } from "./entry-bytes.ts"

const screening = {
  kind: "junk",
  reasons: [{ code: "spf-fail", sentence: "Its server may not send for far.test." }],
}

function entryOf(message: string) {
  const scan = scanMessage(Buffer.from(message))
  return { scan, entry: readEntry(prepareEntry(scan)(123, screening)) }
}

const letter = [
  "From: =?utf-8?q?J=C3=B6rg?= <j@far.test>",
  "To: a@near.test,",
  " b@near.test",
  "To: c@near.test",
  "Subject: Folded",
  "\tsubject ✓",
  "Message-ID: <1@far.test>",
  "References: <0@far.test>",
  'Content-Type: multipart/mixed; boundary="x"',
  "",
  "--x",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Language: de, en",
  "",
  "Guten Tag",
  "--x",
  'Content-Type: application/pdf; name="a.pdf"',
  "Content-Transfer-Encoding: base64",
  'Content-Disposition: attachment; filename="a.pdf"',
  "",
  "AAAA",
  "--x--",
  "",
].join("\r\n")

test("holds what a list shows and what a search looks through", () => {
  const { scan, entry } = entryOf(letter)
  assert.equal(entry.traceBytes, 123)
  assert.equal(entry.messageBytes, Buffer.byteLength(letter))
  assert.equal(entry.cut, false)
  assert.equal(entry.envelope.from, "=?utf-8?q?J=C3=B6rg?= <j@far.test>")
  assert.equal(entry.envelope.to, "a@near.test, b@near.test, c@near.test")
  assert.equal(entry.envelope.subject, "Folded\tsubject ✓")
  assert.equal(entry.envelope.references, "<0@far.test>")
  assert.equal(entry.envelope.bcc, "")
  assert.match(entry.text, /Guten Tag/)
  assert.match(entry.preview, /Guten Tag/)
  assert.deepEqual(entry.screening, screening)
  assert.equal(entry.structure.parts.length, 2)
  const [text, pdf] = entry.structure.parts
  assert.deepEqual(text?.languages, ["de", "en"])
  assert.equal(pdf?.disposition?.type, "attachment")
  assert.equal(pdf?.lines, undefined)
  const found = scan.root.parts[1]
  assert.ok(found && pdf)
  assert.equal(pdf.octets, octetsOf(found))
})

test("cuts long header fields and text, and says so of the fields", () => {
  const { entry } = entryOf(`Subject: ${"s".repeat(envelopeFieldLimit + 5)}\r\n\r\n${"word ".repeat(20_000)}`)
  assert.equal(entry.cut, true)
  assert.ok(entry.envelope.subject.length <= envelopeFieldLimit)
  assert.ok(entry.text.length <= entryTextLimit)
})

test("reads back what was written, of any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => {
      const scan = scanMessage(Buffer.from(bytes))
      const entry = readEntry(prepareEntry(scan)(0, { kind: "accept", reasons: [] }))
      assert.equal(entry.messageBytes, bytes.length)
      assert.equal(entry.structure.octets, octetsOf(scan.root))
    }),
  )
})

test("notices an entry that ends too early or is of another version", () => {
  const whole = prepareEntry(scanMessage(Buffer.from(letter)))(1, screening)
  for (let end = 0; end < whole.length; end++)
    assert.throws(() => readEntry(whole.subarray(0, end)), EntryError)
  const other = Buffer.from(whole)
  other[0] = 9
  assert.throws(() => readEntry(other), EntryError)
})
