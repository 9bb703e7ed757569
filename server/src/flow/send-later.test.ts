import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "../ports/clock.ts"
import { mailAddress, secret, senderPattern } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { createPutHere, readSent, type Tried } from "../sending/index.ts"
import { createDeliverDue } from "./deliver-due.ts"
import type { Outcome } from "./envelope.ts"
import { password } from "./open-test-house.ts"
import { day, letter, openTestLater, putNow } from "./open-test-later.ts"

const minute = 60_000

test("with a time to send nobody has it before, here or elsewhere; its copy lies in Sent at once", async t => {
  const { sendAt, mailOf, claim, letPass, putHere, left, privacy, anna } = await openTestLater(t)
  const at = systemClock.now() + day
  const outcome = await sendAt(at, ["ben@near.test", "ben+tag@near.test", "carla@far.test"])
  assert.equal(outcome.kind, "kept")
  assert.deepEqual(
    (await mailOf("anna")).map(({ mailbox }) => mailbox),
    ["Sent"],
  )
  assert.deepEqual(await claim(), [])
  await letPass(day - minute)
  assert.deepEqual([await claim(), await mailOf("ben")], [[], []])
  await letPass(minute)
  const claimed = await claim()
  assert.deepEqual(claimed.map(({ domain }) => domain).sort(), ["far.test", "near.test"])
  for (const one of claimed) {
    const { tried, elsewhere } = await putHere(one)
    assert.equal(tried.size, 0)
    assert.equal(elsewhere.length, one.domain === "far.test" ? 1 : 0)
    assert.deepEqual([one.notBefore, one.expiresAt - one.notBefore], [at, 5 * day])
  }
  const [first, ...others] = await mailOf("ben")
  assert.deepEqual([others.length, first?.mailbox, first?.reasons], [0, "INBOX", ["sent-from-here"]])
  assert.match(first?.body ?? "", /^Return-Path: <anna@near\.test>\r\nX-Letterkeep-Screening: accept;/)
  assert.match(first?.body ?? "", /\r\nReceived: from submission\r\n/)
  assert.equal(await left(), 1)
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit => {
    const [far] = claimed.filter(({ domain }) => domain === "far.test")
    assert.match((await far?.text())?.open(permit).toString() ?? "", /Good day/)
  })
})

test("who may take it back longer than until its time waits as long", async t => {
  const { sendAt, claim, letPass } = await openTestLater(t, { undoMs: 10 * minute })
  await sendAt(systemClock.now() + minute, ["ben@near.test"])
  await letPass(9 * minute)
  assert.deepEqual(await claim(), [])
  await letPass(minute)
  assert.equal((await claim()).length, 1)
})

test("filters, blocks and mailboxes count as they are when its time comes", async t => {
  const { sendAt, mailOf, claim, letPass, putHere, people, setFilter, left } = await openTestLater(t)
  await sendAt(systemClock.now() + day, ["ben@near.test"])
  await sendAt(systemClock.now() + day, ["ben@near.test"], letter.replace("hello", "blocked"))
  await letPass(day)
  const [one, other] = await claim()
  assert.ok(one !== undefined && other !== undefined)
  await setFilter("ben", 'require "fileinto"; fileinto "Archive";')
  await putHere(one)
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("anna@near.test"))
  await putHere(other)
  assert.deepEqual((await mailOf("ben")).map(({ mailbox }) => mailbox).sort(), ["Archive", "Junk"])
  assert.equal(await left(), 0)
})

test("what a filter sends on when its time comes stands in the queue with the same commit", async t => {
  const { sendAt, mailOf, claim, letPass, putHere, setFilter } = await openTestLater(t)
  await setFilter("ben", 'redirect "ben@work.test";')
  await sendAt(systemClock.now() + day, ["ben@near.test"])
  await letPass(day)
  for (const one of await claim()) await putHere(one)
  assert.deepEqual(await mailOf("ben"), [])
  const [onward] = await claim()
  assert.deepEqual([onward?.kind, onward?.domain], ["forwarded", "work.test"])
})

test("whose filter refuses it is told of as one who did not get it, in a letter and in the history", async t => {
  const house = await openTestLater(t)
  const { sendAt, claim, letPass, putHere, setFilter, mailOf, left } = house
  await setFilter("ben", 'require "reject"; reject "no thanks";')
  await sendAt(systemClock.now() + day, ["ben@near.test", "anna@near.test"])
  await letPass(day)
  for (const one of await claim()) await putHere(one)
  assert.deepEqual([await mailOf("ben"), await left()], [[], 0])
  const letters = (await mailOf("anna")).filter(({ body }) => /^Action: failed\r$/m.test(body))
  assert.equal(letters.length, 1)
  const signedIn = await house.people.signIn(mailAddress("anna@near.test"), secret(password), "control")
  assert.ok(signedIn.kind === "signed-in")
  const { mails } = await readSent(house.store, signedIn.session)
  const events = mails.flatMap(mail => mail.events.map(({ event }) => event && opened(event)))
  signedIn.session.close()
  const byKind = events.toSorted((a, b) => (a?.kind ?? "").localeCompare(b?.kind ?? ""))
  const reply = { code: 550, enhanced: "5.7.1", text: "no thanks" }
  assert.deepEqual(byKind, [
    { kind: "failed", why: "refused", recipients: [0], reply },
    { kind: "kept-here", recipients: [1] },
  ])
})

test("nobody has it twice: who lost the lease keeps nothing, whoever was first", async t => {
  const { sendAt, mailOf, claim, letPass, putHere, left, happened } = await openTestLater(t)
  await sendAt(systemClock.now() + day, ["ben@near.test", "anna@near.test"])
  await letPass(day)
  const [late] = await claim()
  await letPass(2 * minute)
  const [now] = await claim()
  assert.ok(late !== undefined && now !== undefined)
  assert.deepEqual(await putHere(late), { tried: new Map(), elsewhere: [] })
  assert.deepEqual([await mailOf("ben"), await left(), await happened()], [[], 2, 0])
  await putHere(now)
  await putHere(late)
  assert.equal((await mailOf("ben")).length, 1)
  assert.deepEqual((await mailOf("anna")).map(({ mailbox }) => mailbox).sort(), ["INBOX", "Sent"])
  assert.deepEqual([await left(), await happened()], [0, 1])
})

test("where the commit fails nothing is kept, nothing is settled, and it is tried again", async t => {
  const { sendAt, mailOf, claim, letPass, putHere, left, settler, store } = await openTestLater(t)
  await sendAt(systemClock.now() + day, ["ben@near.test"])
  await letPass(day)
  const [one] = await claim()
  assert.ok(one)
  await store.owner`create function broken() returns trigger language plpgsql as $$ begin raise 'broken'; end $$`
  await store.owner`create trigger broken before insert on sent_event for each row execute function broken()`
  const { tried } = await putHere(one)
  assert.deepEqual([...tried.values()], [{ kind: "not-now", why: "trouble-here" }])
  assert.deepEqual([await mailOf("ben"), await left()], [[], 1])
  await store.owner`drop trigger broken on sent_event`
  await settler.settle(one, tried)
  await letPass(day)
  for (const again of await claim()) await putHere(again)
  assert.deepEqual([(await mailOf("ben")).length, await left()], [1, 0])
})

test("a mailbox that has gone, or is full, is told of like any other that does not take it", async t => {
  const house = await openTestLater(t)
  const { sendAt, claim, letPass, people, settler, mailOf, privacy, log, ben } = house
  await people.addAlias(mailAddress("benny@near.test"), mailAddress("ben@near.test"))
  await sendAt(systemClock.now() + day, ["benny@near.test", "anna@near.test"])
  const putHere = createPutHere({
    ...{ privacy, settler, log },
    giveHere: createDeliverDue({
      ...house,
      clock: systemClock,
      people: {
        ...people,
        findRecipient: async (address, permit) =>
          address.open(permit).startsWith("benny")
            ? { kind: "unknown" }
            : people.findRecipient(address, permit),
      },
      quotas: { hasRoom: async account => account === ben },
    }),
  })
  await letPass(day)
  const [one] = await claim()
  assert.ok(one)
  const { tried, elsewhere } = await putNow(putHere, one)
  assert.deepEqual(elsewhere, [])
  const brief = [...tried.values()].map((each: Tried) => [each.kind, each.reply?.code, each.reply?.enhanced])
  assert.deepEqual(brief.sort(), [
    ["never", 550, "5.1.1"],
    ["not-now", 452, "4.2.2"],
  ])
  await settler.settle(one, tried)
  const told = (await mailOf("anna")).filter(({ mailbox }) => mailbox === "INBOX")
  assert.equal(told.length, 1)
  assert.match(told[0]?.body ?? "", /^Future-Release-Request: until;\d{4}-/m)
  assert.match(told[0]?.body ?? "", /Final-Recipient: rfc822; benny@near\.test/)
})

test("whose domain is no longer ours is sent there", async t => {
  const house = await openTestLater(t)
  const { sendAt, claim, letPass, people, settler, privacy, log } = house
  await sendAt(systemClock.now() + day, ["ben@near.test"])
  await letPass(day)
  const [one] = await claim()
  assert.ok(one)
  const putHere = createPutHere({
    ...{ privacy, settler, log },
    giveHere: createDeliverDue({
      ...house,
      clock: systemClock,
      people: { ...people, findRecipient: async () => ({ kind: "not-ours" }) },
      quotas: { hasRoom: async () => true },
    }),
  })
  const { tried, elsewhere } = await putNow(putHere, one)
  assert.deepEqual([tried.size, elsewhere.map(({ address }) => opened(address))], [0, ["ben@near.test"]])
})

test("it counts for the day on which it is handed in, and is taken back from all hours later", async t => {
  const { sendAt, mailOf, claim, letPass, takeBack, store, anna, left } = await openTestLater(t, {
    perDay: 3,
  })
  await sendAt(systemClock.now() + day, ["ben@near.test", "carla@far.test"])
  const over = await sendAt(systemClock.now() + day, ["ben@near.test", "carla@far.test"])
  assert.match(over.kind === "refused" ? over.text : "", /as much as you may/)
  const [row] = await store.sql<{ mail_id: number }[]>`select mail_id from queued_mail`
  await letPass(day - minute)
  const taken = await takeBack.one(anna, row?.mail_id ?? 0)
  assert.equal(taken.kind === "taken-back" && taken.recipients.length, 2)
  await letPass(day)
  assert.deepEqual([await claim(), await left(), await mailOf("ben")], [[], 0, []])
})

test("what waits for its time counts to its writer's quota, until it goes or is taken back", async t => {
  const { sendAt, send, anna, store, takeBack, letPass } = await openTestLater(t, { undoMs: minute })
  const text = (kilobytes: number) => letter + "x".repeat(kilobytes * 1000)
  // What lies in her mailboxes counts for nothing here, whether it is known already or not.
  const withoutUsed = async (outcome: Promise<Outcome>): Promise<Outcome["kind"]> => {
    const { kind } = await outcome
    await store.owner`update mail_state set used_bytes = 0 where account_id = ${anna}`
    return kind
  }
  const later = () => withoutUsed(sendAt(systemClock.now() + day, ["carla@far.test"], text(10)))
  const atOnce = (kilobytes: number) => withoutUsed(send(anna, ["carla@far.test"], text(kilobytes)))
  await store.owner`update mail_state set used_bytes = 0, quota_bytes = 45000 where account_id = ${anna}`
  // Twice its size and what waits: 20, 30, 40, and 50 kB.
  assert.deepEqual(
    [await later(), await later(), await later(), await later()],
    ["kept", "kept", "kept", "refused"],
  )
  // Its copy and what waits; what waits only as long as it can be taken back is not among that.
  assert.deepEqual([await atOnce(10), await atOnce(20), await atOnce(10)], ["kept", "refused", "kept"])
  await takeBack.all(anna, new AbortController().signal)
  assert.deepEqual(
    [await later(), await later(), await later(), await later()],
    ["kept", "kept", "kept", "refused"],
  )
  await letPass(day)
  assert.equal(await later(), "kept")
})

test("an address without a domain cannot wait, and nothing of the message is kept", async t => {
  const { sendAt, mailOf, left, people } = await openTestLater(t)
  await people.addAlias(mailAddress("postmaster@near.test"), mailAddress("ben@near.test"))
  const outcome = await sendAt(systemClock.now() + day, ["ben@near.test", "postmaster"])
  assert.match(outcome.kind === "refused" ? outcome.text : "", /whole addresses/)
  assert.deepEqual([await mailOf("anna"), await left()], [[], 0])
})
