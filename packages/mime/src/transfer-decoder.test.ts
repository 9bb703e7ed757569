import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { decodeTransfer } from "./transfer.ts"
import { createTransferDecoder, isKnownEncoding } from "./transfer-decoder.ts"

/** Cut at every third octet, and at the places given. */
function decodeInPieces(bytes: Buffer, encoding: string, cuts: readonly number[]): Buffer {
  const decoder = createTransferDecoder(encoding)
  const places = [...new Set([0, ...cuts.map(cut => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  const pieces = places.slice(1).map((end, index) => decoder.push(bytes.subarray(places[index], end)))
  return Buffer.concat([...pieces, decoder.end()])
}

const cuts = fc.array(fc.nat(10_000), { maxLength: 12 })

test("base64 in pieces is what it is as a whole, with its line ends and stray characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (octets, places) => {
      const encoded = Buffer.from(octets)
        .toString("base64")
        .replace(/.{1,76}/g, "$&\r\n ")
      assert.deepEqual(decodeInPieces(Buffer.from(encoded), "base64", places), Buffer.from(octets))
    }),
  )
})

test("quoted-printable in pieces is what it is as a whole", () => {
  const piece = fc.constantFrom(
    "=",
    "=3D",
    "=e",
    "a",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\r",
    "= \r\n",
    "=\n",
    "ü",
    "text",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), cuts, (pieces, places) => {
      const bytes = Buffer.from(pieces.join(""))
      const whole = decodeTransfer(bytes, "quoted-printable")
      assert.deepEqual(decodeInPieces(bytes, "quoted-printable", places), whole)
    }),
    { numRuns: 500 },
  )
})

test("every split of the same bytes gives the same octets", () => {
  const samples = {
    "quoted-printable": "one =3D two=\r\n three  \r\n=C3=BC=ZZ end= \t\r\n!\r\n",
    base64: "SGVsbG8s\r\nIHdvcmxk IQ==\r\n",
    "8bit": "as it is =3D",
  }
  for (const [encoding, text] of Object.entries(samples)) {
    const bytes = Buffer.from(text)
    const whole = decodeTransfer(bytes, encoding)
    for (let cut = 0; cut <= bytes.length; cut++)
      assert.deepEqual(decodeInPieces(bytes, encoding, [cut]), whole, `${encoding} at ${cut}`)
  }
})

test("a line without end is not held", () => {
  const decoder = createTransferDecoder("quoted-printable")
  let octets = 0
  for (let index = 0; index < 100; index++) octets += decoder.push(Buffer.from("=41b ".repeat(1000))).length
  assert.ok(octets > 100 * 3000 - 70_000, `${octets} octets`)
  octets += decoder.end().length
  assert.equal(octets, 300_000)
})

test("knows the encodings of MIME and no others", () => {
  assert.ok(isKnownEncoding("base64") && isKnownEncoding("7bit"))
  assert.ok(!isKnownEncoding("x-uuencode"))
})
