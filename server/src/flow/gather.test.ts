import assert from "node:assert/strict"
import { test } from "node:test"
import { gather, headerLimit } from "./gather.ts"

function run(pieces: readonly Buffer[]) {
  const seen = { header: "", body: "" }
  const gathering = gather(
    block => {
      seen.header += `[${block.toString("latin1")}]`
    },
    chunk => {
      seen.body += chunk.toString("latin1")
    },
  )
  for (const piece of pieces) gathering.write(piece)
  const whole = gathering.end().toString("latin1")
  return { ...seen, whole, tooLong: gathering.headerTooLong }
}

const messages = ["A: b\r\n c\r\n\r\nbody\r\n\r\nmore\r\n", "\r\nbody\r\n", "A: b\r\n", "A: b\r\n\r\n", ""]

for (const message of messages)
  test(`finds header and body wherever the pieces are cut: ${JSON.stringify(message)}`, () => {
    const bytes = Buffer.from(message)
    const expected = run([bytes])
    assert.equal(expected.whole, message)
    for (let one = 0; one <= bytes.length; one++)
      for (let two = one; two <= bytes.length; two++)
        assert.deepEqual(
          run([bytes.subarray(0, one), bytes.subarray(one, two), bytes.subarray(two)]),
          expected,
          `cut at ${one} and ${two}`,
        )
  })

test("hands on the header without its empty line, once, and then the body", () => {
  assert.deepEqual(run([Buffer.from("A: b\r\n\r\nbody\r\n")]), {
    header: "[A: b\r\n]",
    body: "body\r\n",
    whole: "A: b\r\n\r\nbody\r\n",
    tooLong: false,
  })
})

test("says when a header has no end, and hands nothing on", () => {
  const line = Buffer.from(`X: ${"y".repeat(900)}\r\n`)
  const pieces = Array.from({ length: Math.ceil(headerLimit / line.length) + 1 }, () => line)
  const found = run(pieces)
  assert.equal(found.tooLong, true)
  assert.equal(found.header, "")
})
