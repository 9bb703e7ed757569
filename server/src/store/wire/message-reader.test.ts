import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createMessageReader } from "./message-reader.ts"

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, "latin1")
  head.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function run(pieces: readonly Buffer[]): [string, string][] {
  const found: [string, string][] = []
  const reader = createMessageReader()
  for (const piece of pieces)
    reader.read(piece, (type, bytes, at, end) => found.push([type, bytes.toString("hex", at, end)]))
  return found
}

test("finds the same messages wherever the bytes are cut", () => {
  const body = fc.uint8Array({ maxLength: 20 })
  const messages = fc.array(fc.tuple(fc.constantFrom("D", "Z", "C", "E"), body), { maxLength: 6 })
  fc.assert(
    fc.property(messages, fc.array(fc.nat(150)), (all, cuts) => {
      const bytes = Buffer.concat(all.map(([type, content]) => message(type, content)))
      const at = [0, ...cuts.filter(cut => cut < bytes.length).sort((a, b) => a - b), bytes.length]
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      const expected = all.map(([type, content]) => [type, Buffer.from(content).toString("hex")])
      assert.deepEqual(run(pieces), expected)
      assert.deepEqual(run([...bytes].map(octet => Buffer.of(octet))), expected)
    }),
  )
})
