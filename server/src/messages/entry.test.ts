import assert from "node:assert/strict"
import { test } from "node:test"
import { octetsOf, scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { entryLimit, entryTextLimit, envelopeFieldLimit, prepareEntry, readEntry } from "./entry.ts"
import { EntryError } from "./entry-bytes.ts"
import { structureLimits } from "./structure.ts"

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
  assert.equal(entry.envelope.bcc, undefined)
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

test("holds the envelope of a message inside a message, and tells an empty field from none", () => {
  const { entry } = entryOf(
    [
      "Subject: Out",
      "Cc:",
      'Content-Type: multipart/mixed; boundary="x"',
      "",
      "--x",
      "Content-Type: message/rfc822",
      "",
      "From: a@far.test",
      "Subject: In",
      "To:",
      "References: <0@far.test>",
      "",
      "Text",
      "--x--",
      "",
    ].join("\r\n"),
  )
  assert.deepEqual(entry.envelope, { subject: "Out", cc: "" })
  assert.equal(entry.structure.envelope, undefined)
  const [message] = entry.structure.parts
  assert.deepEqual(message?.envelope, { from: "a@far.test", subject: "In", to: "" })
  assert.equal(message?.parts[0]?.envelope, undefined)
})

test("cuts the envelope of a message inside a message, and says so", () => {
  const { entry } = entryOf(
    ["Content-Type: message/rfc822", "", "From: a@far.test", `To: ${"x".repeat(40_000)}`, "", ""].join(
      "\r\n",
    ),
  )
  assert.equal(entry.cut, true)
  assert.equal(entry.structure.envelope?.from, "a@far.test")
  assert.ok((entry.structure.envelope?.to ?? "").length < 10_000)
})

test("reads an entry of version 1, which has no envelope of the message inside", () => {
  const first =
    "AQdwAAADT2xkCmFAZmFyLnRlc3QAAAAAAAAAADwHbWVzc2FnZQZyZmM4MjIABDdiaXQAAAAAAAAARSsFAQR0ZXh0BXBsYWluAAQ3" +
    "Yml0AAAAAAAARWoGAgAEVGV4dAVUZXh0CgZhY2NlcHQBAWMBcw=="
  const entry = readEntry(Buffer.from(first, "base64"))
  assert.equal(entry.traceBytes, 7)
  assert.deepEqual(entry.envelope, { subject: "Old", from: "a@far.test" })
  assert.deepEqual([entry.structure.type, entry.structure.envelope], ["message", undefined])
  assert.deepEqual([entry.structure.parts[0]?.type, entry.structure.parts[0]?.lines], ["text", 1])
  assert.deepEqual(entry.screening, { kind: "accept", reasons: [{ code: "c", sentence: "s" }] })
})

test("cuts long header fields and text, and says so of the fields", () => {
  const { entry } = entryOf(`Subject: ${"s".repeat(envelopeFieldLimit + 5)}\r\n\r\n${"word ".repeat(20_000)}`)
  assert.equal(entry.cut, true)
  assert.ok((entry.envelope.subject ?? "").length <= envelopeFieldLimit)
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
    assert.throws(() => readEntry(whole.subarray(0, end)).text, EntryError)
  const other = Buffer.from(whole)
  other[0] = 9
  assert.throws(() => readEntry(other), EntryError)
})

/** Bytes of no charset: each is three octets of UTF-8 once it is read. */
const noise = (octets: number) => Buffer.alloc(octets, 0x80)

function hostile(parts: number, header: (octets: number) => Buffer): Buffer {
  const part = Buffer.concat([Buffer.from("--x\r\n"), header(48_000), Buffer.from("\r\n\r\ntext\r\n")])
  const head = Buffer.from('Content-Type: multipart/mixed; boundary="x"\r\n\r\n')
  return Buffer.concat([head, ...Array.from({ length: parts }, () => part), Buffer.from("--x--\r\n")])
}

test("cuts long strings of a structure, and says so", () => {
  const message = hostile(1, octets =>
    Buffer.concat([Buffer.from("Content-Type: text/plain; charset=utf-8; x="), noise(octets)]),
  )
  const entry = readEntry(prepareEntry(scanMessage(message))(0, screening))
  const [part] = entry.structure.parts
  assert.equal(entry.cut, true)
  assert.deepEqual(part?.parameters[0], { name: "charset", value: "utf-8" })
  assert.equal(part?.parameters[1]?.name, "x")
  assert.equal(Buffer.byteLength(part?.parameters[1]?.value ?? ""), structureLimits.value - 1)
})

test("holds no more parameters and languages of a part than the limits, and says so", () => {
  const parameters = Array.from({ length: 60 }, (_, index) => `; p${index}=v`).join("")
  const { entry } = entryOf(`Content-Type: text/plain${parameters}\r\n\r\n`)
  assert.deepEqual([entry.cut, entry.structure.parameters.length], [true, structureLimits.parameters])
  const languages = Array.from({ length: 30 }, (_, index) => `l${index}`).join()
  const spoken = entryOf(`Content-Language: ${languages}\r\n\r\n`).entry
  assert.deepEqual([spoken.cut, spoken.structure.languages.length], [true, structureLimits.languages])
})

test("an entry stays within its limit, whatever the message holds", () => {
  const long = (name: string, octets: number) => Buffer.concat([Buffer.from(`\r\n${name}: `), noise(octets)])
  const parameter = (_: unknown, index: number) =>
    Buffer.concat([Buffer.from(`; p${index}${"n".repeat(900)}=`), noise(1_100)])
  const crowded = Buffer.concat([
    Buffer.from("Content-Type: text/plain"),
    ...Array.from({ length: 40 }, parameter),
    Buffer.from("\r\nContent-Disposition: inline"),
    ...Array.from({ length: 40 }, parameter),
    ...["Content-ID", "Content-Description", "Content-MD5", "Content-Location"].map(name =>
      long(name, 4_000),
    ),
    Buffer.from("\r\n\r\n"),
    noise(60_000),
  ])
  const envelope = ["To", "To", "Cc", "Subject", "Date", "From", "References"].map(name =>
    Buffer.concat([Buffer.from(`${name}: `), noise(30_000), Buffer.from("\r\n")]),
  )
  for (const message of [
    hostile(60, octets => Buffer.concat([Buffer.from("Content-Type: text/plain; x="), noise(octets)])),
    hostile(300, () => Buffer.from(`Content-Description: ${"d".repeat(1_000)}`)),
    crowded,
    Buffer.concat([...envelope, crowded]),
    Buffer.concat([...envelope, hostile(300, () => Buffer.from(`Content-ID: ${"i".repeat(1_000)}`))]),
  ]) {
    const bytes = prepareEntry(scanMessage(message))(0, screening)
    assert.ok(bytes.length <= entryLimit, `${bytes.length} octets`)
    const entry = readEntry(bytes)
    assert.equal(entry.cut, true)
    assert.equal(entry.structure.octets, message.length - entry.structure.bodyStart)
  }
})

test("of a structure that is too large its root is held", () => {
  const message = hostile(300, () => Buffer.from(`Content-Description: ${"d".repeat(1_000)}`))
  const { structure } = readEntry(prepareEntry(scanMessage(message))(0, screening))
  assert.deepEqual([structure.type, structure.subtype, structure.parts.length], ["multipart", "mixed", 0])
})

test("who wrote and what about is held even when other fields take all the room", () => {
  const filler = ["Date", "Message-ID", "In-Reply-To", "References", "To", "Cc"]
    .map(name => `${name}: ${"y".repeat(40_000)}\r\n`)
    .join("")
  const { entry } = entryOf(`${filler}From: a@far.test\r\nSubject: Hi\r\n\r\n`)
  assert.deepEqual([entry.cut, entry.envelope.from, entry.envelope.subject], [true, "a@far.test", "Hi"])
})

test("says so when repeated address fields are more than it holds", () => {
  const { entry } = entryOf(`To: ${"a".repeat(30_000)}\r\n`.repeat(3))
  assert.equal(entry.cut, true)
  assert.ok((entry.envelope.to ?? "").length <= envelopeFieldLimit)
})
