import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import { day, openTestLater } from "../../flow/open-test-later.ts"
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

const here = { clock: systemClock, chance: systemChance, hostname: "mx.near.test" }
const all = { limit: 100, each: 100, leaseMs: 60_000, busy: [] }

test("in busy times what is done in ten milliseconds is settled together", async t => {
  const house = await openTestSending(t)
  const { store, send, receive, queue } = house
  const found = await receive.recipient(mailAddress("anna@near.test"))
  const anna: AccountId = found.kind === "local" ? found.accountId : assert.fail("nobody")
  const letter = "From: anna@near.test\nSubject: hello\n\nGood day.\n"
  for (let no = 0; no < 12; no += 1) await send(anna, [`a${no}@far.test`], letter)
  const { claimed } = await queue.claim(all)
  assert.equal(claimed.length, 12)

  let transactions = 0
  const gate = Promise.withResolvers<void>()
  const timer = manualTimer()
  const watched: typeof store.transaction = async work => {
    transactions += 1
    await gate.promise
    return await store.transaction(work)
  }
  const settler = createSettler({ ...house, ...here, store: { ...store, transaction: watched }, timer })
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

test("those who are here and those elsewhere are settled at once, whatever the order, and nobody waits in a circle", async t => {
  const house = await openTestLater(t)
  const { store, queue, sendAt, letPass, left, happened } = house
  for (const name of ["a", "b"]) await sendAt(systemClock.now() + day, ["ben@near.test", `${name}@far.test`])
  await letPass(day)
  const { claimed } = await queue.claim(all)
  const of = (domain: string) =>
    claimed.filter(mail => mail.domain === domain).toSorted((a, b) => b.mail - a.mail)
  const numbers = ({ recipients }: Claimed) => recipients.map(({ no }) => no)

  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  let calls = 0
  const settler = createSettler({
    ...house,
    ...here,
    queue: {
      async settle(tx, settlements) {
        const lost = await queue.settle(tx, settlements)
        calls += 1
        if (calls > 1) return lost
        begun.resolve()
        const isWaitedFor = async () =>
          (
            await store.sql`select from pg_locks join pg_stat_activity using (pid)
              where datname = current_database() and not granted`
          ).length > 0
        for (let tries = 0; !(await isWaitedFor()); tries += 1) {
          assert.ok(tries < 1000, "the others were settled meanwhile")
          await pause(5)
        }
        return lost
      },
    },
  })
  // One group: what comes while another is written.
  const before = house.keep.keep([], { bytes: 0, work: () => gate.promise })
  const kept = of("near.test").map(mail =>
    settler.keepHere(mail, { recipients: numbers(mail), refused: [], deliveries: [], alongside: undefined }),
  )
  await pause(50)
  gate.resolve()
  await begun.promise
  const there = store.transaction(tx =>
    queue.settle(
      tx,
      of("far.test").flatMap(mail =>
        numbers(mail).map(no => ({ kind: "handed-over", claimed: mail, no }) as const),
      ),
    ),
  )
  await before
  assert.deepEqual(await Promise.allSettled([...kept, there]), [
    { status: "fulfilled", value: true },
    { status: "fulfilled", value: true },
    { status: "fulfilled", value: [] },
  ])
  assert.equal(calls, 2, "a group was begun again")
  assert.deepEqual([await left(), await happened()], [0, 2])
})

test("one message that cannot be settled keeps none of its company from it", async t => {
  const house = await openTestSending(t)
  const { store, send, receive, queue } = house
  const found = await receive.recipient(mailAddress("anna@near.test"))
  const anna: AccountId = found.kind === "local" ? found.accountId : assert.fail("nobody")
  for (const name of ["a", "b", "c"])
    await send(anna, [`${name}@far.test`], "From: anna@near.test\nSubject: hello\n\nGood day.\n")
  const { claimed } = await queue.claim(all)
  const [, broken] = claimed
  const settler = createSettler({
    ...house,
    ...here,
    queue: {
      async settle(tx, settlements) {
        if (settlements.some(({ claimed: { mail } }) => mail === broken?.mail)) throw new Error("broken")
        return await queue.settle(tx, settlements)
      },
    },
  })
  const done = await Promise.allSettled(claimed.map(mail => settler.settle(mail, new Map([[0, taken]]))))
  assert.deepEqual(
    done.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  )
  const rows = await store.sql<{ mail_id: number }[]>`select mail_id from queued_mail`
  assert.deepEqual(
    rows.map(row => row.mail_id),
    [broken?.mail],
  )
})
