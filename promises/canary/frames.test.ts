import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { zstdCompressSync } from "node:zlib"
import { framesIn } from "./frames.ts"

test("opens every frame, whatever stands before, between and behind", () => {
  const [one, two] = ["a word in the first ".repeat(40), "and another"].map(text => Buffer.from(text))
  assert.ok(one && two)
  const bytes = Buffer.concat([
    randomBytes(100),
    zstdCompressSync(one),
    Buffer.alloc(16),
    zstdCompressSync(two),
    Buffer.alloc(500),
  ])
  assert.deepEqual([...framesIn(bytes)], [one, two])
})

test("finds none in octets that only look like the beginning of one", () => {
  assert.deepEqual([...framesIn(Buffer.from("28b52ffdffffffffff28b52ffd", "hex"))], [])
})
