import assert from "node:assert/strict"
import { test } from "node:test"
import {
  decodeWords,
  firstFieldText,
  messageIds,
  parseAddressList,
  scanMessage,
  textOf,
} from "@letterkeep/mime"
import fc from "fast-check"
import { type VacationAction, writeReply } from "../index.ts"

const usual: VacationAction = {
  kind: "vacation",
  at: { line: 1, column: 1 },
  to: "anna@shop.example",
  from: undefined,
  subject: "Auto: Hello",
  body: "Gone.\r\n",
  mime: false,
  inReplyTo: "1@shop.example",
  references: ["0@shop.example", "1@shop.example"],
  handle: "h",
  seconds: 86_400,
}

function written(more: Partial<VacationAction>): Buffer {
  return writeReply({
    action: { ...usual, ...more },
    from: "bob@mail.example",
    date: "Thu, 15 Jan 2026 12:00:00 +0000",
    messageId: "r1@mail.example",
  })
}

function fieldOf(bytes: Buffer, name: string): string | undefined {
  return firstFieldText(bytes, scanMessage(bytes).root.fields, name)
}

test("writes a letter that says what it is, and what it answers", () => {
  assert.equal(
    written({}).toString(),
    [
      "Date: Thu, 15 Jan 2026 12:00:00 +0000",
      "From: bob@mail.example",
      "To: anna@shop.example",
      "Subject: Auto: Hello",
      "Message-ID: <r1@mail.example>",
      "In-Reply-To: <1@shop.example>",
      "References: <0@shop.example>",
      " <1@shop.example>",
      "Auto-Submitted: auto-replied",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=us-ascii",
      "",
      "Gone.",
      "",
    ].join("\r\n"),
  )
})

test("answers what has no identifier without naming one", () => {
  const bytes = written({ inReplyTo: undefined, references: [] })
  assert.equal(fieldOf(bytes, "in-reply-to"), undefined)
  assert.equal(fieldOf(bytes, "references"), undefined)
})

test("keeps the first and the last of many references", () => {
  const ids = Array.from({ length: 50 }, (_, at) => `${at}@x.example`)
  const kept = messageIds(fieldOf(written({ references: ids }), "references") ?? "")
  assert.deepEqual(kept, ["0@x.example", ...ids.slice(-19)])
})

test("writes names and addresses as a script has them", () => {
  const from = 'Bob "the" Kern <bob@mail.example>, Zoë Ünal <zoe@mail.example>, "a b"@mail.example'
  const list = parseAddressList(fieldOf(written({ from }), "from") ?? "")
  assert.deepEqual(
    list.map(one => one.kind === "mailbox" && [decodeWords(one.name ?? ""), one.local, one.domain]),
    [
      ["Bob the Kern", "bob", "mail.example"],
      ["Zoë Ünal", "zoe", "mail.example"],
      ["", "a b", "mail.example"],
    ],
  )
})

test("takes nothing of a MIME entity but its Content fields in ASCII, and its body", () => {
  const body =
    "Content-Type: text/html; charset=utf-8\r\nBcc: x@y.example\r\nContent-X: é\r\n\r\n<p>Gone, é\r\n"
  const bytes = written({ mime: true, body })
  const { root } = scanMessage(bytes)
  assert.equal(`${root.type}/${root.subtype}`, "text/html")
  assert.equal(fieldOf(bytes, "bcc"), undefined)
  assert.equal(fieldOf(bytes, "content-x"), undefined)
  assert.equal(bytes.toString("utf8", root.bodyStart), "<p>Gone, é\r\n")
})

test("an entity of a body alone, or of a header alone, is one all the same", () => {
  for (const body of [
    "just words",
    "Content-Type: text/html",
    "\r\n\r\nContent-Type: text/html\r\n\r\nx",
    "",
  ]) {
    const bytes = written({ mime: true, body })
    assert.equal(fieldOf(bytes, "auto-submitted"), "auto-replied")
    assert.ok(scanMessage(bytes).root.bodyStart <= bytes.length)
  }
})

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 300 }),
)

test("every subject comes through, in lines of at most 76 characters where it has spaces, and adds no field", () => {
  fc.assert(
    fc.property(text, subject => {
      const bytes = written({ subject })
      const wanted = subject
        .toWellFormed()
        .replace(/[\0-\x1f\x7f]+/g, " ")
        .trim()
      assert.equal(decodeWords(fieldOf(bytes, "subject") ?? ""), wanted.slice(0, 500).toWellFormed().trim())
      assert.equal(scanMessage(bytes).root.fields.length, 10)
      const lines = bytes.toString("latin1").split("\r\n")
      for (const line of lines) assert.ok(line.length <= 76 || !line.includes("=?utf-8?"))
    }),
    { numRuns: 500 },
  )
})

test("every text comes through, in ASCII on the way", () => {
  fc.assert(
    fc.property(text, body => {
      const bytes = written({ body })
      assert.match(bytes.toString("latin1"), /^[\t\r\n -~]*$/)
      const wanted = body
        .toWellFormed()
        .replace(/\r\n|\r|\n/g, "\n")
        .trim()
      if (!wanted.startsWith("\ufeff")) assert.equal(textOf(scanMessage(bytes), 10_000).trim(), wanted)
    }),
    { numRuns: 500 },
  )
})
