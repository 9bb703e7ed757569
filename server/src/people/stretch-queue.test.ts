import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import { createStretchQueue } from "./stretch-queue.ts"

const cost = { salt: "00112233445566778899aabbccddeeff", iterations: 4096 }

test("derives what PBKDF2 of SHA-256 gives", async () => {
  const expected = pbkdf2Sync("a secret", Buffer.from(cost.salt, "hex"), 4096, 32, "sha256")
  assert.deepEqual(await createStretchQueue().stretch("a secret", cost), expected)
})

test("refuses who finds 256 waiting behind four, and serves all others", async () => {
  const queue = createStretchQueue()
  const answers = await Promise.all(Array.from({ length: 262 }, () => queue.stretch("a", cost)))
  assert.deepEqual(
    answers.map(answer => answer !== undefined),
    [...Array(260).fill(true), false, false],
  )
  assert((await queue.stretch("a", cost)) !== undefined)
})
