import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { opened, testPrivacy } from "../../privacy/test-privacy.ts"
import type { MailId } from "../contract.ts"
import { dropUnusedKeys } from "./drop-unused-keys.ts"
import {
  holdMail,
  isBeforeItsTime,
  releaseMail,
  removeMail,
  retryMail,
  senderOf,
  takeBackMail,
} from "./intervene.ts"
import { countQueue, queuedAfter, showQueued } from "./look.ts"
import { minute, openTestQueue, wish } from "./open-test-queue.ts"
import { showRecipients } from "./show-recipients.ts"

const DAY_MS = 24 * 60 * minute
const refused = { why: "refused", reply: { code: 450, enhanced: "4.2.2", text: "full" } } as const

async function openHouse(t: TestContext) {
  const house = await openTestQueue(t)
  const { store, queue, settle, put } = house
  const anna = await house.addAccount()
  const claimed = async () => (await queue.claim(wish)).claimed.map(({ mail }) => mail)
  /** Waits for its second try. */
  const putOff = async (): Promise<MailId> => {
    const mail = await put(anna, { text: "letter" })
    for (const one of (await queue.claim(wish)).claimed)
      await settle({
        claimed: one,
        no: 0,
        kind: "again",
        afterMs: DAY_MS,
        answer: refused,
        toldOfDelay: false,
      })
    return mail
  }
  const act = <T>(work: (tx: Parameters<typeof holdMail>[0]) => Promise<T>) => store.transaction(work)
  return { ...house, anna, claimed, putOff, act }
}

test("a held message is claimed by nobody until it is released", async t => {
  const { put, anna, claimed, act } = await openHouse(t)
  const mail = await put(anna, { to: ["carla@far.test", "dora@wide.test"] })
  assert.equal(await act(tx => holdMail(tx, { account: anna, mail })), 2)
  assert.equal(await act(tx => retryMail(tx, { account: anna, mail })), 0)
  assert.deepEqual(await claimed(), [])
  assert.equal(await act(tx => releaseMail(tx, { account: anna, mail })), 2)
  assert.deepEqual(await claimed(), [mail, mail])
})

test("what is held while it is in hand is settled as ever, and tried no more", async t => {
  const { put, anna, queue, settle, act, claimed, letPass } = await openHouse(t)
  const mail = await put(anna)
  const [one] = (await queue.claim(wish)).claimed
  assert.ok(one)
  await act(tx => holdMail(tx, { account: anna, mail }))
  const again = {
    claimed: one,
    no: 0,
    kind: "again",
    afterMs: 0,
    answer: refused,
    toldOfDelay: false,
  } as const
  assert.deepEqual(await settle(again), [])
  await letPass(DAY_MS)
  assert.deepEqual(await claimed(), [])
})

test("tries at once what waits, but not what somebody is just trying", async t => {
  const { putOff, anna, act, claimed } = await openHouse(t)
  const mail = await putOff()
  assert.deepEqual(await claimed(), [])
  assert.equal(await act(tx => retryMail(tx, { account: anna, mail })), 1)
  assert.deepEqual(await claimed(), [mail])
  assert.equal(await act(tx => retryMail(tx, { account: anna, mail })), 0)
})

test("tries nothing at once that its writer wants sent later, or can still take back", async t => {
  const { put, anna, act, claimed, letPass, store } = await openHouse(t)
  const later = { more: { notBefore: Date.now() + DAY_MS } }
  const mail = await put(anna, later)
  const place = { account: anna, mail }
  assert.equal(await act(tx => retryMail(tx, place)), 0)
  assert.equal(await isBeforeItsTime(store.sql, place), true)
  assert.equal(await isBeforeItsTime(store.sql, { account: anna, mail: mail + 1 }), false)
  assert.deepEqual(await claimed(), [])
  await letPass(DAY_MS)
  assert.equal(await isBeforeItsTime(store.sql, place), false)
  assert.equal(await act(tx => retryMail(tx, place)), 1)
  assert.deepEqual(await claimed(), [mail])
})

test("what was taken out is gone with its text, for whoever had it in hand until its lease ran out, too", async t => {
  const { put, anna, queue, settle, act, store, letPass } = await openHouse(t)
  const mail = await put(anna, { to: ["carla@far.test", "dora@far.test"], text: "letter" })
  const [one] = (await queue.claim(wish)).claimed
  assert.ok(one)
  await letPass(wish.leaseMs + 1)
  assert.equal(await senderOf(store.sql, mail), anna)
  const none: readonly number[] = []
  assert.deepEqual(await act(tx => removeMail(tx, { account: anna, mail })), {
    removed: [0, 1],
    inHand: none,
  })
  assert.deepEqual(await act(tx => removeMail(tx, { account: anna, mail })), { removed: none, inHand: none })
  assert.equal(await senderOf(store.sql, mail), undefined)
  assert.equal((await store.sql`select from queued_body`).length, 0)
  const late = { claimed: one, no: 0, kind: "handed-over" } as const
  assert.deepEqual(await settle(late), [late])
})

test("what is being tried while it is taken out is not said to be out, and is tried no more", async t => {
  const { put, anna, queue, settle, act, claimed } = await openHouse(t)
  const mail = await put(anna, { to: ["carla@far.test", "dora@wide.test"], text: "letter" })
  const [one] = (await queue.claim({ ...wish, limit: 1 })).claimed
  assert.ok(one)
  const [no] = one.recipients.map(recipient => recipient.no)
  assert.ok(no !== undefined)
  const remove = () => act(tx => removeMail(tx, { account: anna, mail }))
  assert.deepEqual(await remove(), { removed: [1 - no], inHand: [no] })
  await queue.giveBack([one])
  assert.deepEqual(await claimed(), [])
  const late = { claimed: one, no, kind: "handed-over" } as const
  assert.deepEqual(await settle(late), [])
  assert.deepEqual(await remove(), { removed: [], inHand: [] })
})

test("a message that is claimed while its sender takes it back is either theirs or claimed", async t => {
  const { put, anna, act, store, claimed } = await openHouse(t)
  const later = { more: { notBefore: Date.now() + DAY_MS } }
  const mail = await put(anna, later)
  const isClaiming = Promise.withResolvers<void>()
  const mayCommit = Promise.withResolvers<void>()
  const claim = store.transaction(async tx => {
    await tx`update queued_recipient set lease = 7, due_at = now() + interval '1 minute' where mail_id = ${mail}`
    isClaiming.resolve()
    await mayCommit.promise
  })
  await isClaiming.promise
  const taken = act(tx => takeBackMail(tx, { account: anna, mail }))
  for (let waits = 0; waits === 0; ) {
    const rows = await store.sql`select from pg_locks where not granted`
    waits = rows.length
  }
  mayCommit.resolve()
  await claim
  assert.deepEqual(await taken, { kind: "too-late" })
  assert.deepEqual(await claimed(), [])
  assert.equal((await store.sql`select from queued_recipient`).length, 1)
})

test("its sender takes a message back until its time comes, and nobody else's", async t => {
  const { put, anna, addAccount, act, letPass, claimed } = await openHouse(t)
  const later = { more: { notBefore: Date.now() + minute } }
  const [first, second] = [await put(anna, later), await put(anna, later)]
  const ben = await addAccount()
  const takeBack = (account: typeof ben, mail: MailId) => act(tx => takeBackMail(tx, { account, mail }))
  assert.deepEqual(await takeBack(ben, first), { kind: "unknown" })
  assert.deepEqual(await takeBack(anna, first), { kind: "taken-back", recipients: [0] })
  await letPass(minute)
  assert.deepEqual(await takeBack(anna, second), { kind: "too-late" })
  assert.deepEqual(await claimed(), [second])
})

test("counts what waits, and shows of it sizes, times and the servers' codes, never for whom it is", async t => {
  const { put, putOff, anna, act, store, vaults } = await openHouse(t)
  const waiting = await putOff()
  const held = await put(anna, { to: ["carla@far.test", "dora@wide.test"], text: "four" })
  await act(tx => holdMail(tx, { account: anna, mail: held }))
  const counts = await countQueue(store)
  assert.deepEqual(
    { ...counts, oldest: counts.oldest?.getTime() },
    {
      ...{ mails: 2, oldest: Date.UTC(2026, 2, 4), mailsForLater: 0, next: null },
      ...{ due: 0, inHand: 0, later: 1, held: 2 },
    },
  )
  const page = await queuedAfter(store, undefined, 1)
  const [last] = page
  const rest = await queuedAfter(store, last, 10)
  assert.deepEqual(new Set([...page, ...rest].map(({ mail }) => mail)), new Set([waiting, held]))
  await testPrivacy.gate("account.support", { kind: "account", account: anna }, async permit => {
    const shown = await showQueued(store, [waiting, held], permit)
    const facts = new Map(shown.map(each => [each.mail, each.facts.open(permit)]))
    assert.deepEqual(
      [facts.get(held)?.recipients, facts.get(held)?.held, facts.get(held)?.dueAt],
      [2, 2, null],
    )
    assert.deepEqual([facts.get(waiting)?.attempts, facts.get(waiting)?.bytes], [1, 6])
    const recipients = (await showRecipients({ store, vaults }, anna, waiting, permit)).open(permit)
    assert.deepEqual(
      recipients.map(({ no, domain, state, last: answer }) => [no, domain, state, answer]),
      [[0, "far.test", "later", { why: "refused", code: 450 }]],
    )
  })
})

test("a last answer that was moved to another recipient is shown as damaged", async t => {
  const { putOff, anna, store, vaults } = await openHouse(t)
  const [one, other] = [await putOff(), await putOff()]
  await store.sql`update queued_recipient set answer = (select answer from queued_recipient where mail_id = ${one})
    where mail_id = ${other}`
  await testPrivacy.gate("account.support", { kind: "account", account: anna }, async permit => {
    const shown = opened(await showRecipients({ store, vaults }, anna, other, permit))
    assert.equal(shown[0]?.last, "damaged")
  })
})

test("a key is dropped when no mail and no answer needs it, and none before", async t => {
  const { put, putOff, anna, act, store, vaults, clock, queue } = await openHouse(t)
  const keys = async () => (await store.sql`select from queue_key`).length
  const mail = await put(anna)
  clock.at += 3 * DAY_MS
  assert.equal(await dropUnusedKeys({ store, vaults }), 0)
  const other = await putOff()
  assert.equal(await keys(), 2)
  await act(tx => removeMail(tx, { account: anna, mail }))
  assert.equal(await dropUnusedKeys({ store, vaults }), 1)
  clock.at += 3 * DAY_MS
  await act(tx => retryMail(tx, { account: anna, mail: other }))
  assert.equal(await dropUnusedKeys({ store, vaults }), 0)
  const { claimed } = await queue.claim(wish)
  assert.equal(claimed.length, 1)
  await queue.giveBack(claimed)
  await act(tx => removeMail(tx, { account: anna, mail: other }))
  assert.equal(await dropUnusedKeys({ store, vaults }), 1)
  assert.equal(await keys(), 0)
})
