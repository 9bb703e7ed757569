import assert from "node:assert/strict"
import { test } from "node:test"
import type { Incoming } from "../../flow/index.ts"
import { createByteBudget } from "./byte-budget.ts"
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
  const message = openMessage({ budget, limits: defaultSmtpDoorLimits, time: () => 0, figures }, incoming)
  return { message, budget, abandoned: () => abandoned }
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
