import assert from "node:assert/strict"
import { test } from "node:test"
import type { Incoming } from "../../flow/index.ts"
import { createByteBudget } from "../entrance/index.ts"
import { defaultSmtpDoorLimits } from "./limits.ts"
import { openMessage } from "./message-in-flight.ts"

function openOne(changed: Partial<Incoming>) {
  const budget = createByteBudget(1_000)
  let abandoned = 0
  const incoming: Incoming = {
    write: () => undefined,
    finish: async () => ({ kind: "kept", id: "1" }),
    abandon: () => {
      abandoned++
    },
    ...changed,
  }
  const figures = { bytes: { add: () => undefined } }
  const clock = { now: 0 }
  const limits = { ...defaultSmtpDoorLimits, crowdedOctets: 100 }
  const message = openMessage({ budget, limits, time: () => clock.now, figures }, incoming)
  return { message, budget, clock, abandoned: () => abandoned }
}

const broken = (): never => {
  throw new Error("broken")
}

test("gives its octets back when it is kept", async () => {
  const { message, budget, abandoned } = openOne({})
  message.write(Buffer.from("one"))
  assert.equal(budget.taken, 3)
  assert.equal((await message.finish()).kind, "kept")
  assert.deepEqual([budget.taken, abandoned()], [0, 0])
})

test("gives its octets back, and itself up, when the last piece cannot be handed on", async () => {
  const { message, budget, abandoned } = openOne({ write: broken })
  message.write(Buffer.from("one"))
  await assert.rejects(message.finish(), /broken/)
  assert.deepEqual([budget.taken, abandoned()], [0, 1])
})

test("gives its octets back when the house fails", async () => {
  const { message, budget } = openOne({ finish: async () => broken() })
  message.write(Buffer.from("one"))
  await assert.rejects(message.finish(), /broken/)
  assert.equal(budget.taken, 0)
})

test("is too slow when it trickles while memory is crowded, whatever it sent before", () => {
  const { message, budget, clock } = openOne({})
  message.write(Buffer.alloc(400))
  clock.now = 10_000
  assert.equal(message.isTooSlow(), false, "there is room")
  message.write(Buffer.alloc(200))
  assert.equal(budget.isCrowded, true)
  clock.now = 20_000
  assert.equal(message.isTooSlow(), true)
})

test("is not too slow in a crowd when it is small, or new", () => {
  const { message, budget, clock } = openOne({})
  budget.take(900)
  message.write(Buffer.alloc(90))
  clock.now = 20_000
  assert.equal(message.isTooSlow(), false)
  const { message: fresh, budget: other } = openOne({})
  other.take(700)
  fresh.write(Buffer.alloc(200))
  assert.equal(fresh.isTooSlow(), false)
})
