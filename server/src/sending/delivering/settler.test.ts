import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import { openTestSending } from "../../flow/open-test-sending.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { manualTimer } from "../../ports/timer.ts"
import { mailAddress } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Claimed, Tried } from "../contract.ts"
import { createSettler } from "./settler.ts"

const taken: Tried = {
  kind: "handed-over",
  by: { host: "mx.far.test", ip: "192.0.2.1", tls: undefined, verified: undefined },
  reply: { code: 250, enhanced: undefined, text: "OK" },
  dsnPassedOn: false,
}

test("in busy times what is done in ten milliseconds is settled together", async t => {
  const house = await openTestSending(t)
  const { store, send, receive, queue } = house
  const found = await receive.recipient(mailAddress("anna@near.test"))
  const anna: AccountId = found.kind === "local" ? found.accountId : assert.fail("nobody")
  const letter = "From: anna@near.test\nSubject: hello\n\nGood day.\n"
  for (let no = 0; no < 12; no += 1) await send(anna, [`a${no}@far.test`], letter)
  const { claimed } = await queue.claim({ limit: 100, each: 100, leaseMs: 60_000, busy: [] })
  assert.equal(claimed.length, 12)

  let transactions = 0
  const gate = Promise.withResolvers<void>()
  const timer = manualTimer()
  const watched: typeof store.transaction = async work => {
    transactions += 1
    await gate.promise
    return await store.transaction(work)
  }
  const settler = createSettler({
    ...house,
    store: { ...store, transaction: watched },
    clock: systemClock,
    chance: systemChance,
    hostname: "mx.near.test",
    timer,
  })
  const settle = (mail: Claimed) => settler.settle(mail, new Map([[0, taken]]))
  const [alone, ...rest] = claimed
  assert.ok(alone)
  const first = [settle(alone)]
  while (transactions === 0) await pause(1)
  first.push(...rest.slice(0, 5).map(settle))
  await pause(20)
  gate.resolve()
  await Promise.all(first)
  assert.equal(transactions, 2)

  const later: Promise<void>[] = []
  for (const mail of rest.slice(5)) {
    later.push(settle(mail))
    await pause(5)
  }
  assert.equal(transactions, 2)
  timer.pass(10)
  await Promise.all(later)
  assert.equal(transactions, 3)
  assert.equal((await store.sql`select from queued_mail`).length, 0)
})
