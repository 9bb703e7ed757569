import assert from "node:assert/strict"
import { test } from "node:test"
import { createArgonQueue } from "./argon-queue.ts"

const cost = { memoryKiB: 64, passes: 1, lanes: 1, salt: "00112233445566778899aabbccddeeff" }

test("hashes by Argon2id: equal for equal, different for another password or salt", async () => {
  const queue = createArgonQueue()
  const [one, same, other, salted] = await Promise.all([
    queue.hash("a", cost),
    queue.hash("a", cost),
    queue.hash("b", cost),
    queue.hash("a", { ...cost, salt: "ff".repeat(16) }),
  ])
  assert.equal(one?.length, 32)
  assert.deepEqual(one, same)
  assert.notDeepEqual(one, other)
  assert.notDeepEqual(one, salted)
})

test("refuses who finds 64 waiting behind four, and serves all others", async () => {
  const queue = createArgonQueue()
  const asked = Array.from({ length: 70 }, () => queue.hash("a", cost))
  const answers = await Promise.all(asked)
  assert.deepEqual(
    answers.map(answer => answer !== undefined),
    [...Array(68).fill(true), false, false],
  )
  assert((await queue.hash("a", cost)) !== undefined)
})
