import assert from "node:assert/strict"
import { test } from "node:test"
import { scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { readValue, type Value } from "../../fixtures/read-response.ts"
import { bodyPartOf, writeBody, writeBodyStructure } from "./body-structure.ts"

function partOf(...lines: readonly string[]) {
  return bodyPartOf(scanMessage(Buffer.from(lines.join("\r\n"))))
}

const plain = ["Content-Type: text/plain; charset=utf-8", "", "one", "two", ""]

test("a text part has its lines, its octets and its extension data", () => {
  const part = partOf(
    "Content-Type: text/plain; charset=utf-8; format=flowed",
    "Content-ID: <1@x>",
    "Content-Description: A note",
    "Content-Transfer-Encoding: quoted-printable",
    'Content-Disposition: attachment; filename="a b.txt"',
    "Content-Language: de, en",
    "Content-Location: http://x.test/a",
    "Content-MD5: Q2hlY2s=",
    ...plain.slice(1),
  )
  const fields =
    '"text" "plain" ("charset" "utf-8" "format" "flowed") "<1@x>" "A note" "quoted-printable" 10 2'
  assert.equal(writeBody(part), `(${fields})`)
  assert.equal(
    writeBodyStructure(part),
    `(${fields} "Q2hlY2s=" ("attachment" ("filename" "a b.txt")) ("de" "en") "http://x.test/a")`,
  )
})

test("a multipart has its parts one behind the other, then the subtype", () => {
  const part = partOf(
    'Content-Type: multipart/mixed; boundary="b"',
    "Content-Disposition: inline",
    "",
    "--b",
    ...plain,
    "--b",
    "Content-Type: image/png",
    "Content-Transfer-Encoding: base64",
    "",
    "AAAA",
    "--b--",
    "",
  )
  assert.equal(
    writeBody(part),
    '(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 10 2)("image" "png" NIL NIL NIL "base64" 4) "mixed")',
  )
  assert.equal(
    writeBodyStructure(part),
    '(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 10 2 NIL NIL NIL NIL)' +
      '("image" "png" NIL NIL NIL "base64" 4 NIL NIL NIL NIL) "mixed" ("boundary" "b") ("inline" NIL) NIL NIL)',
  )
})

test("a message inside is shown with its envelope, its structure and its lines", () => {
  const part = partOf("Content-Type: message/rfc822", "", "Subject: In", "From: a@b", ...plain)
  const inside = '"text" "plain" ("charset" "utf-8") NIL NIL "7bit" 10 2'
  const from = '((NIL NIL "a" "b"))'
  const envelope = `(NIL "In" ${from} ${from} ${from} NIL NIL NIL NIL NIL)`
  assert.equal(
    writeBody(part),
    `("message" "rfc822" NIL NIL NIL "7bit" 77 6 ${envelope} (${inside}) 6)`.replace(
      " 77 6 ",
      ` ${part.octets} `,
    ),
  )
  assert.equal(part.lines, 6)
  assert.equal(
    writeBodyStructure(part),
    `("message" "rfc822" NIL NIL NIL "7bit" ${part.octets} ${envelope} (${inside} NIL NIL NIL NIL) 6 NIL NIL NIL NIL)`,
  )
})

test("other message types are shown as any part is", () => {
  const part = partOf("Content-Type: message/delivery-status", "", "Reporting-MTA: dns; x", "")
  assert.equal(writeBody(part), '("message" "delivery-status" NIL NIL NIL "7bit" 23)')
})

test("what a limit has cut is shown as octets", () => {
  const cut = { ...partOf(...plain), parameters: [{ name: "boundary", value: "b" }] }
  assert.equal(
    writeBody({ ...cut, type: "multipart", subtype: "mixed" }),
    '("application" "octet-stream" NIL NIL NIL "7bit" 10)',
  )
  assert.equal(
    writeBody({ ...cut, type: "message", subtype: "rfc822" }),
    '("application" "octet-stream" NIL NIL NIL "7bit" 10)',
  )
})

/** By the grammar of RFC 9051 §9; the values that it has no room for are refused. */
function checkBody(body: Value, extended: boolean): void {
  assert.ok(Array.isArray(body))
  if (Array.isArray(body[0])) {
    const end = body.findIndex(value => !Array.isArray(value))
    for (const inner of body.slice(0, end)) checkBody(inner, extended)
    assert.equal(typeof body[end], "string")
    assert.equal(body.length - end, extended ? 5 : 1)
    return
  }
  const [type, subtype, parameters, , , encoding, octets] = body
  assert.ok(parameters === null || (Array.isArray(parameters) && parameters.length % 2 === 0))
  assert.deepEqual([typeof subtype, typeof encoding, typeof octets], ["string", "string", "number"])
  let length = 7
  if (type === "text") assert.equal(typeof body[length++], "number")
  else if (type === "message" && (subtype === "rfc822" || subtype === "global")) {
    const [envelope, inner, lines] = body.slice(7)
    assert.ok(Array.isArray(envelope) && envelope.length === 10)
    checkBody(inner ?? null, extended)
    assert.equal(typeof lines, "number")
    length = 10
  }
  assert.equal(body.length, length + (extended ? 4 : 0))
}

test("any bytes give a structure within the grammar", () => {
  const piece = fc.constantFrom(
    ...[
      "Content-Type: multipart/mixed; boundary=b\r\n",
      "Content-Type: message/rfc822\r\n",
      "\r\n",
      "--b\r\n",
    ],
    ...[
      'Content-Type: text/html; a=\xfc; b="\\""\r\n',
      "Content-Disposition: x; y=z\r\n",
      "--b--\r\n",
      "text",
    ],
    ...[
      "Content-Language: a,,b\r\n",
      "Content-Transfer-Encoding: \xff\r\n",
      "Subject: \xe4\r\n",
      "Content-ID: \0\r\n",
    ],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), pieces => {
      const part = bodyPartOf(scanMessage(Buffer.from(pieces.join(""), "latin1")))
      checkBody(readValue(writeBody(part)), false)
      checkBody(readValue(writeBodyStructure(part)), true)
    }),
    { numRuns: 500 },
  )
})
