import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import type { FarReply } from "./far-reply.ts"
import { type ClientLimits, defaultClientLimits } from "./limits.ts"
import { createReplyReader } from "./reply-reader.ts"

const list = JSON.parse(
  readFileSync(new URL("../../fixtures/far-replies.json", import.meta.url), "utf8"),
) as {
  /** Octets as one character each, and the replies that they are. */
  readonly valid: readonly (readonly [string, readonly FarReply[]])[]
  readonly invalid: readonly (readonly [string, string])[]
}

function read(pieces: readonly Uint8Array[], limits: Partial<ClientLimits> = {}) {
  const reader = createReplyReader({ ...defaultClientLimits, ...limits })
  const replies: FarReply[] = []
  let fault: string | undefined
  for (const piece of pieces) {
    reader.push(piece)
    for (let one = reader.next(); one.kind !== "none"; one = reader.next()) {
      if (one.kind === "fault") {
        fault = one.fault
        break
      }
      replies.push(one.reply)
    }
  }
  return { replies, fault, waiting: fault === undefined ? reader.waiting : 0 }
}

const whole = (text: string, limits: Partial<ClientLimits> = {}) =>
  read([Buffer.from(text, "latin1")], limits)

test("reads each valid reply of the list", () => {
  for (const [text, replies] of list.valid)
    assert.deepEqual(whole(text), { replies, fault: undefined, waiting: 0 }, JSON.stringify(text))
})

test("refuses each invalid reply of the list for its fault", () => {
  for (const [text, fault] of list.invalid) assert.equal(whole(text).fault, fault, JSON.stringify(text))
})

test("reads the same wherever the octets are cut", () => {
  for (const [text] of [...list.valid, ...list.invalid]) {
    const bytes = Buffer.from(text, "latin1")
    for (let cut = 0; cut <= bytes.length; cut += 1)
      assert.deepEqual(read([bytes.subarray(0, cut), bytes.subarray(cut)]), whole(text), `${text} at ${cut}`)
    assert.deepEqual(read(Array.from(bytes, octet => Uint8Array.of(octet))), whole(text), text)
  }
})

test("bounds a line, the lines of a reply and its octets", () => {
  const limits = { replyLine: 20, replyLines: 3, replyBytes: 40 }
  assert.equal(whole(`250 ${"x".repeat(14)}\r\n`, limits).fault, undefined)
  assert.equal(whole(`250 ${"x".repeat(15)}\r\n`, limits).fault, "line-too-long")
  assert.equal(whole(`250 ${"x".repeat(17)}`, limits).fault, "line-too-long")
  assert.equal(whole("250-\r\n250-\r\n250 \r\n", limits).fault, undefined)
  assert.equal(whole("250-\r\n250-\r\n250-\r\n250 \r\n", limits).fault, "reply-too-long")
  assert.equal(
    whole(`250-${"x".repeat(14)}\r\n250-${"x".repeat(14)}\r\n250 \r\n`, limits).fault,
    "reply-too-long",
  )
  assert.equal(whole(`250 ${"x".repeat(14)}\r\n`.repeat(9), limits).fault, undefined)
})

test("takes random octets without a throw, the same however they are cut, and holds one reply at most", () => {
  const word = fc.oneof(
    fc.constantFrom("250", "2", "5", "0", " ", "-", "\r\n", "\r", "\n", "5.1.1 ", "\0", "\xff", "é"),
    fc.string({ maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), fc.array(fc.nat(120), { maxLength: 5 }), (words, cuts) => {
      const bytes = Buffer.from(words.join(""), "latin1")
      const edges = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const pieces = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge))
      const limits = { replyLine: 40, replyLines: 4, replyBytes: 100 }
      const seen = read(pieces, limits)
      assert.deepEqual(seen, read([bytes], limits))
      assert.ok(seen.waiting <= 100 + 40)
      for (const { lines } of seen.replies) assert.doesNotMatch(lines.join(""), /[\0-\x1f\x7f-\x9f]/)
    }),
    { numRuns: 1_000 },
  )
})
