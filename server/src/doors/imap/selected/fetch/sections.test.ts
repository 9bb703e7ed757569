/** Where sections lie, checked against messages whose parts are known because they were put together here. */
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Section } from "@letterkeep/imap"
import { scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { answerContent } from "./answer-content.ts"
import { locate, locateBinary, partOf, placedOf } from "./locate.ts"
import { pickFields } from "./pick-fields.ts"

const inner = "From: inner@far.test\r\nSubject: inside\r\n\r\nInner text\r\n"
const multi = [
  "Subject: outer",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  "preamble",
  "--b",
  "Content-Type: text/plain",
  "",
  "one",
  "--b",
  "Content-Type: message/rfc822",
  "",
  `${inner}--b`,
  "Content-Type: application/octet-stream",
  "Content-Transfer-Encoding: base64",
  "",
  "AAEC",
  "--b--",
  "epilogue",
  "",
].join("\r\n")
const plain = "Subject: plain\r\nTo: b@near.test\r\n\r\nbody\r\n"

const section = (part: readonly number[], what: Section["what"]): Section => ({ part, what, fields: [] })

function textAt(message: string, wanted: Section): string | undefined {
  const bytes = Buffer.from(message, "latin1")
  const span = locate(placedOf(scanMessage(bytes).root, bytes.length), wanted)
  return span === undefined ? undefined : bytes.toString("latin1", span.from, span.to)
}

const headerOfMulti = multi.slice(0, multi.indexOf("preamble"))

for (const [name, wanted, message, expected] of [
  ["the whole message", section([], "whole"), multi, multi],
  ["its header, with the empty line", section([], "HEADER"), multi, headerOfMulti],
  ["its text, preamble and epilogue too", section([], "TEXT"), multi, multi.slice(headerOfMulti.length)],
  ["a part's body", section([1], "whole"), multi, "one"],
  ["a part's own header", section([1], "MIME"), multi, "Content-Type: text/plain\r\n\r\n"],
  ["a message in a message", section([2], "whole"), multi, inner.slice(0, -2)],
  [
    "the header of a message in a message",
    section([2], "HEADER"),
    multi,
    inner.slice(0, inner.indexOf("Inner")),
  ],
  ["the text of a message in a message", section([2], "TEXT"), multi, "Inner text"],
  ["the one part of a message in a message", section([2, 1], "whole"), multi, "Inner text"],
  ["the one part of a plain message", section([1], "whole"), plain, "body\r\n"],
  ["the header of the one part of a plain message", section([1], "MIME"), plain, plain.slice(0, -6)],
  ["no part", section([4], "whole"), multi, undefined],
  ["no part of a part that is not one", section([1, 1], "whole"), multi, undefined],
  ["no header of a part that is no message", section([1], "HEADER"), multi, undefined],
  ["no text of a part that is no message", section([3], "TEXT"), multi, undefined],
] as const)
  test(`BODY[…] finds ${name}`, () => assert.equal(textAt(message, wanted), expected))

test("a message without a body has a header alone", () => {
  const message = "Subject: a\r\nTo: b\r\n"
  assert.equal(textAt(message, section([], "HEADER")), message)
  assert.equal(textAt(message, section([], "TEXT")), "")
})

test("what was written above a message belongs to its header, and its parts lie behind it", () => {
  const trace = "Return-Path: <a@far.test>\r\nReceived: here\r\n"
  const bytes = Buffer.from(trace + multi)
  const alone = placedOf(scanMessage(Buffer.from(multi)).root, multi.length)
  const behind = { root: alone.root, traceBytes: trace.length, size: bytes.length }
  const together = placedOf(scanMessage(bytes).root, bytes.length)
  for (const what of ["whole", "HEADER", "TEXT"] as const)
    assert.deepEqual(locate(behind, section([], what)), locate(together, section([], what)), what)
  for (const path of [[1], [2], [3], [2, 1]])
    for (const what of ["whole", "MIME", "HEADER", "TEXT"] as const)
      assert.deepEqual(
        locate(behind, section(path, what)),
        locate(together, section(path, what)),
        `${path} ${what}`,
      )
})

test("a partial is cut off at the end", () => {
  assert.deepEqual(partOf({ from: 10, to: 20 }, { offset: 3, count: 4 }), { from: 13, to: 17 })
  assert.deepEqual(partOf({ from: 10, to: 20 }, { offset: 8, count: 40 }), { from: 18, to: 20 })
  assert.deepEqual(partOf({ from: 10, to: 20 }, { offset: 80, count: 4 }), { from: 20, to: 20 })
})

test("BINARY: a part's encoding is known with its place", () => {
  const bytes = Buffer.from(multi)
  const placed = placedOf(scanMessage(bytes).root, bytes.length)
  const found = locateBinary(placed, [3])
  assert.equal(found?.encoding, "base64")
  assert.equal(bytes.toString("latin1", found?.from, found?.to), "AAEC")
  assert.equal(locateBinary(placed, [])?.to, bytes.length)
  assert.equal(locateBinary(placed, [9]), undefined)
})

test("BINARY: an encoding that nobody knows is said to be so", () => {
  const bytes = Buffer.from("Content-Transfer-Encoding: x-magic\r\n\r\nabc\r\n")
  const placed = placedOf(scanMessage(bytes).root, bytes.length)
  const wanted = { kind: "binary", label: "BINARY[1]", part: [1], partial: undefined } as const
  assert.equal(answerContent(wanted, placed).kind, "unknown-encoding")
  const whole = { ...wanted, label: "BINARY[]", part: [] }
  assert.equal(answerContent(whole, placed).kind, "decoded")
})

const header = [
  "Received: one",
  "\tfolded",
  "From: a@far.test",
  "X-Odd : spaced",
  "no field at all",
  "from: again",
  "Subject: last",
  "",
  "",
].join("\r\n")

test("HEADER.FIELDS gives the fields as they lie, folds, repeats and the empty line too", () => {
  assert.equal(
    pickFields(header, ["FROM", "received"], "HEADER.FIELDS"),
    "Received: one\r\n\tfolded\r\nFrom: a@far.test\r\nfrom: again\r\n\r\n",
  )
  assert.equal(pickFields(header, ["x-odd"], "HEADER.FIELDS"), "X-Odd : spaced\r\n\r\n")
  assert.equal(pickFields(header, ["missing"], "HEADER.FIELDS"), "\r\n")
})

test("HEADER.FIELDS.NOT gives all the rest", () => {
  assert.equal(
    pickFields(header, ["from", "subject", "received"], "HEADER.FIELDS.NOT"),
    "X-Odd : spaced\r\nno field at all\r\n\r\n",
  )
})

test("a header without an empty line gets none", () => {
  assert.equal(pickFields("From: a\r\nTo: b", ["to"], "HEADER.FIELDS"), "To: b")
  assert.equal(pickFields("", ["to"], "HEADER.FIELDS"), "")
})

test("named and not named together are the whole header, whatever it holds", () => {
  const piece = fc.constantFrom(
    "From: a",
    "To",
    ":",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\r",
    "X: y",
    "Subject:",
    "é",
    "\r\n ",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const text = pieces.join("")
      const named = pickFields(text, ["from", "subject"], "HEADER.FIELDS")
      const rest = pickFields(text, ["from", "subject"], "HEADER.FIELDS.NOT")
      const emptyLine = /(^|\n)(\r?\n)/.exec(text)
      const length = emptyLine === null ? text.length : emptyLine.index + emptyLine[0].length
      const twice = emptyLine === null ? 0 : (emptyLine[2]?.length ?? 0)
      assert.equal(named.length + rest.length - twice, length)
    }),
    { numRuns: 500 },
  )
})
