import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import { createDeliverDue } from "../../flow/index.ts"
import { day, openTestLater } from "../../flow/open-test-later.ts"
import { openTestSending } from "../../flow/open-test-sending.ts"
import { createQuotas } from "../../messages/index.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { manualTimer, systemTimer, type Timer } from "../../ports/timer.ts"
import { mailAddress } from "../../privacy/index.ts"
import { atEnd } from "../../store/at-end.ts"
import type { AccountId } from "../../store/ids.ts"
import { type Sql, StoreError } from "../../store/index.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { HandOver } from "../hand-over/index.ts"
import type { Damaged } from "../queue/claim.ts"
import { startCourier } from "./courier.ts"
import { giveUpHeld } from "./give-up-held.ts"
import { createPutHere } from "./put-here.ts"
import { setAside } from "./set-aside.ts"
import { createSettler } from "./settler.ts"

const by = { host: "mx.far.test", ip: "192.0.2.1", tls: "TLSv1.3", verified: "dane" } as const
const taken: Tried = {
  kind: "handed-over",
  by,
  reply: { code: 250, enhanced: "2.0.0", text: "OK" },
  dsnPassedOn: false,
}
const no = (code: number, text: string): Tried => ({
  kind: code < 500 ? "not-now" : "never",
  why: "refused",
  by,
  reply: { code, enhanced: undefined, text },
})

/** A courier whose far side is a function: by the recipient's local part. */
async function open(
  t: TestContext,
  answer: (
    name: string,
    mail: Claimed,
    signal: AbortSignal,
  ) => Promise<Tried | undefined> | Tried | undefined,
) {
  const house = await openTestSending(t)
  const { store, vaults, privacy, log, queue, keep } = house
  const parts = { store, vaults, privacy, log, queue, keep, clock: systemClock, chance: systemChance }
  const handed: string[] = []
  let busy = 0
  const handOver: HandOver = {
    async handOver(mail, signal) {
      busy += 1
      const tried = new Map<number, Tried>()
      await privacy.gate("mail.send", { kind: "account", account: mail.account }, async permit => {
        for (const { no, address } of mail.recipients) {
          const name = address.open(permit)
          const one = await answer(name.slice(0, name.indexOf("@")), mail, signal)
          if (one === undefined) continue
          if (one.kind === "handed-over") handed.push(name)
          tried.set(no, one)
        }
      })
      busy -= 1
      return tried
    },
    room: () => Math.max(0, 10 - busy),
    full: () => [],
    close: () => undefined,
  }
  const settler = createSettler({ ...parts, hostname: "mx.near.test" })
  /** As long as it is so, nothing can be settled. */
  const database = { isAway: false, tries: 0 }
  const putHere = createPutHere({
    ...{ privacy, settler, log },
    giveHere: createDeliverDue({ ...house, quotas: createQuotas(store, systemClock), clock: systemClock }),
  })
  const settlerNow: typeof settler = {
    ...settler,
    async settle(mail, tried) {
      database.tries += 1
      if (database.isAway) throw new StoreError("no database", { temporary: true })
      await settler.settle(mail, tried)
    },
  }
  const setAsideNow = (damaged: Damaged) => setAside({ ...parts, hostname: "mx.near.test" }, damaged)
  /** How many messages each claim asked for. */
  const claims: number[] = []
  const watched: typeof queue = {
    ...queue,
    claim: wish => {
      claims.push(wish.limit)
      return queue.claim(wish)
    },
  }
  const start = (timer: Timer = systemTimer) =>
    startCourier({
      queue: watched,
      handOver,
      putHere,
      settler: settlerNow,
      setAside: setAsideNow,
      timer,
      log,
    })
  const found = await house.receive.recipient(mailAddress("anna@near.test"))
  const anna: AccountId = found.kind === "local" ? found.accountId : assert.fail("nobody")
  const left = async () => {
    const [row] = await store.sql<{ mails: number; recipients: number; bodies: number }[]>`
      select (select count(*) from queued_mail) as mails, (select count(*) from queued_recipient) as recipients,
             (select count(*) from queued_body) as bodies`
    return [row?.mails, row?.recipients, row?.bodies]
  }
  const until = async (what: string, isSo: () => Promise<boolean> | boolean): Promise<void> => {
    for (let tries = 0; !(await isSo()); tries += 1) {
      assert.ok(tries < 1000, what)
      await pause(10)
    }
  }
  const isEmpty = async () => (await left()).every(count => count === 0)
  return { ...house, start, anna, handed, claims, left, until, isEmpty, database, settler }
}

const letter = "From: anna@near.test\nSubject: hello\n\nGood day.\n"

test("what is sent while the courier runs is handed over at once, and nothing of it stays", async t => {
  const { start, send, anna, handed, until, isEmpty, mailOf } = await open(t, () => taken)
  const courier = await start()
  atEnd(t, () => courier.close())
  await send(anna, ["a@far.test", "b@far.test", "c@other.test"], letter)
  await until("the queue is empty", isEmpty)
  assert.deepEqual(handed.sort(), ["a@far.test", "b@far.test", "c@other.test"])
  assert.deepEqual(
    (await mailOf("anna")).map(one => one.mailbox),
    ["Sent"],
  )
})

test("what waited before is handed over when the courier comes, many at a time and each once", async t => {
  const { start, send, anna, handed, until, isEmpty } = await open(t, async () => {
    await pause(1)
    return taken
  })
  const names = Array.from({ length: 300 }, (_, index) => `p${index}@${index % 7}.test`)
  await Promise.all(names.map(name => send(anna, [name], letter)))
  const couriers = [await start(), await start()]
  atEnd(t, () => Promise.all(couriers.map(each => each.close())))
  await until("the queue is empty", isEmpty)
  assert.deepEqual(handed.sort(), names.sort())
})

test("a recipient who is refused is told of in one letter, with the words of the far side; others have it", async t => {
  const { start, send, anna, handed, until, isEmpty, mailOf } = await open(t, name =>
    name === "gone" ? no(550, "no such person") : taken,
  )
  const courier = await start()
  atEnd(t, () => courier.close())
  await send(anna, ["gone@far.test", "here@far.test"], letter)
  await until("the queue is empty", isEmpty)
  assert.deepEqual(handed, ["here@far.test"])
  const letters = (await mailOf("anna")).filter(one => one.mailbox === "INBOX")
  assert.equal(letters.length, 1)
  const [report] = letters
  assert.match(
    report?.body ?? "",
    /^From: "Mail delivery, mx\.near\.test" <postmaster@mx\.near\.test>\r\nTo: <anna@near\.test>/,
  )
  assert.match(report?.body ?? "", /Action: failed\r\n[\s\S]*Status: 5\.1\.0/)
  assert.match(report?.body ?? "", /no such person/)
  assert.doesNotMatch(report?.body ?? "", /here@far/)
})

test("what is refused for now waits with what was said, sealed; nobody is told", async t => {
  const { start, send, anna, left, until, store, mailOf } = await open(t, () => no(451, "come back"))
  const courier = await start()
  atEnd(t, () => courier.close())
  await send(anna, ["a@far.test"], letter)
  await until("it was tried", async () => {
    const [row] = await store.sql<{ attempts: number }[]>`select attempts from queued_recipient`
    return row?.attempts === 1
  })
  assert.deepEqual(await left(), [1, 1, 1])
  const [row] = await store.sql<{ answer: Buffer; minutes: number }[]>`
    select answer, extract(epoch from due_at - now()) / 60 as minutes from queued_recipient`
  assert.ok(row !== undefined && row.minutes > 4 && row.minutes < 6)
  assert.ok(!row.answer.includes("come back"))
  assert.deepEqual(
    (await mailOf("anna")).map(one => one.mailbox),
    ["Sent"],
  )
})

test("what is for people here is claimed no faster than it is put away, and mail elsewhere passes it by", async t => {
  const house = await openTestLater(t)
  const { queue, settler, sendAt, letPass, send, anna, log } = house
  await Promise.all(
    Array.from({ length: 110 }, () => sendAt(systemClock.now() + day, ["ben@near.test"], letter)),
  )
  await letPass(day)
  const gate = Promise.withResolvers<void>()
  let begun = 0
  const putHere = createPutHere({
    ...house,
    giveHere: async () => {
      begun += 1
      await gate.promise
      return { tried: new Map(), elsewhere: [] }
    },
  })
  let handed = 0
  const limits: number[] = []
  const handOver: HandOver = {
    async handOver({ recipients }) {
      handed += 1
      return new Map(recipients.map(({ no }) => [no, taken]))
    },
    room: () => 150,
    full: () => [],
    close: () => undefined,
  }
  const courier = await startCourier({
    ...{ handOver, putHere, settler, log },
    queue: {
      ...queue,
      claim: wish => {
        limits.push(wish.limit)
        return queue.claim(wish)
      },
    },
    setAside: () => assert.fail("nothing is damaged"),
    timer: systemTimer,
  })
  atEnd(t, async () => {
    gate.resolve()
    await courier.close()
  })
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    for (let tries = 0; !isSo(); tries += 1) {
      assert.ok(tries < 1000, what)
      await pause(10)
    }
  }
  await until("two claims are in hand", () => begun === 100)
  await send(anna, ["a@far.test"], letter)
  await until("what is for elsewhere is handed over", () => handed === 1)
  assert.deepEqual([begun, limits.at(-1)], [100, 50])
  gate.resolve()
  await until("the others follow", () => begun === 110)
})

test("what was not tried is given back at once when the courier leaves", async t => {
  const asked = Promise.withResolvers<void>()
  const { start, send, anna, left, store } = await open(t, () => {
    asked.resolve()
    return undefined
  })
  const courier = await start()
  await send(anna, ["a@far.test"], letter)
  await asked.promise
  await courier.close()
  assert.deepEqual(await left(), [1, 1, 1])
  const [row] = await store.sql<
    { free: boolean }[]
  >`select lease is null and due_at <= now() as free from queued_recipient`
  assert.equal(row?.free, true)
})

test("while there is enough to do, messages are claimed together and not one by one", async t => {
  const underWay: (() => void)[] = []
  const { start, send, anna, handed, claims, until } = await open(
    t,
    () => new Promise<Tried>(resolve => underWay.push(() => resolve(taken))),
  )
  for (let no = 0; no < 14; no += 1) await send(anna, [`a${no}@far.test`], letter)
  const timer = manualTimer()
  const courier = await start(timer)
  atEnd(t, async () => {
    for (const end of underWay) end()
    await courier.close()
  })
  await until("the first ten are under way", () => underWay.length === 10)
  for (const end of underWay.splice(0, 3)) end()
  await until("three are done", () => handed.length === 3)
  for (let turns = 0; turns < 20; turns += 1) await pause(5)
  assert.deepEqual(claims, [10])
  timer.pass(40)
  await until("three follow", () => underWay.length === 10)
  assert.deepEqual(claims, [10, 3])
})

/** Leases run by the database's clock. */
const letLeasesEnd = ({ store }: { readonly store: { readonly sql: Sql } }) =>
  store.sql`update queued_recipient set due_at = now() - interval '1 second'`

test("what others have is settled whenever the database answers again, and nothing is claimed before that", async t => {
  const house = await open(t, () => taken)
  const { start, send, anna, handed, claims, until, isEmpty, database } = house
  const timer = manualTimer()
  const courier = await start(timer)
  atEnd(t, () => courier.close())
  database.isAway = true
  await send(anna, ["a@far.test"], letter)
  await until("it was tried to settle", () => database.tries === 1)
  for (let tries = 1; tries < 30; tries += 1) {
    timer.pass(30_000)
    await until("it is tried again", () => database.tries > tries)
  }
  await letLeasesEnd(house)
  const before = claims.length
  await send(anna, ["b@far.test"], letter)
  for (let turns = 0; turns < 20; turns += 1) await pause(5)
  assert.equal(claims.length, before)
  database.isAway = false
  timer.pass(30_000)
  await until("the second is handed over, too", () => {
    timer.pass(40)
    return handed.length === 2
  })
  await until("the queue is empty", isEmpty)
  assert.deepEqual(handed, ["a@far.test", "b@far.test"])
})

test("what is still under way when its lease has ended is not handed over beside itself", async t => {
  const end = Promise.withResolvers<Tried>()
  const house = await open(t, name => (name === "slow" ? end.promise : taken))
  const { start, send, anna, handed, until, isEmpty, store } = house
  let begun = 0
  const courier = await start()
  atEnd(t, () => courier.close())
  await send(anna, ["slow@far.test"], letter)
  await until("it is under way", async () => {
    const rows = await store.sql`select from queued_recipient where lease is not null`
    return rows.length === 1
  })
  for (; begun < 3; begun += 1) {
    await letLeasesEnd(house)
    await send(anna, [`b${begun}@far.test`], letter)
    await until("another is handed over meanwhile", () => handed.length === begun + 1)
  }
  end.resolve(taken)
  await until("the queue is empty", isEmpty)
  assert.deepEqual(handed.toSorted(), ["b0@far.test", "b1@far.test", "b2@far.test", "slow@far.test"])
})

test("what somebody else claimed, or took out, is withdrawn when its lease cannot be renewed", async t => {
  const begun = Promise.withResolvers<AbortSignal>()
  const { start, send, anna, until, store } = await open(t, async (_, __, signal) => {
    begun.resolve(signal)
    await new Promise(resolve => signal.addEventListener("abort", resolve))
    return undefined
  })
  const timer = manualTimer()
  const courier = await start(timer)
  atEnd(t, () => courier.close())
  await send(anna, ["a@far.test"], letter)
  const signal = await begun.promise
  timer.pass(60_000)
  for (let turns = 0; turns < 20; turns += 1) await pause(5)
  assert.equal(signal.aborted, false)
  await store.sql`update queued_recipient set lease = lease + 1`
  await until("it is withdrawn", () => {
    timer.pass(60_000)
    return signal.aborted
  })
  const [row] = await store.sql<{ isLeased: boolean }[]>`
    select lease is not null as "isLeased" from queued_recipient`
  assert.equal(row?.isLeased, true)
})

test("what is damaged in the queue is held, and its writer told once; when its time is over it goes", async t => {
  const house = await open(t, () => taken)
  const { start, send, anna, handed, until, store, mailOf, left } = house
  await send(anna, ["a@far.test", "b@far.test"], letter)
  await store.sql`update queued_mail set envelope = envelope || '\\x00'::bytea`
  await send(anna, ["c@far.test"], letter)
  const courier = await start()
  atEnd(t, () => courier.close())
  await until("the other one is handed over", () => handed.length === 1)
  const held = () => store.sql`select from queued_recipient where held and lease is null`
  await until("it is held", async () => (await held()).length === 2)
  const inInbox = async () => (await mailOf("anna")).filter(one => one.mailbox === "INBOX")
  const [told, ...more] = await inInbox()
  assert.deepEqual(more, [])
  const [row] = await store.sql<{ mail: number }[]>`select mail_id as mail from queued_mail`
  assert.match(told?.body ?? "", /did not reach 2 recipients:/)
  assert.ok(told?.body.includes(`--mail ${row?.mail}\r\n`))
  const events = () => store.sql`select from sent_event where mail_id = ${row?.mail ?? 0}`
  assert.equal((await events()).length, 1)
  await giveUpHeld(house)
  assert.deepEqual(await left(), [1, 2, 1])
  await store.sql`update queued_mail set expires_at = now()`
  await giveUpHeld(house)
  assert.deepEqual(await left(), [0, 0, 0])
  assert.equal((await inInbox()).length, 1)
})

test("what is held until its time is over is given up untried, and its writer told", async t => {
  const house = await open(t, () => taken)
  const { start, send, anna, handed, isEmpty, store, mailOf } = house
  await send(anna, ["a@far.test", "b@other.test"], letter)
  await store.sql`update queued_recipient set held = true`
  await store.sql`update queued_mail set expires_at = now()`
  await giveUpHeld(house)
  assert.equal(await isEmpty(), true)
  const courier = await start()
  await courier.close()
  assert.deepEqual(handed, [])
  const letters = (await mailOf("anna")).filter(one => one.mailbox === "INBOX")
  assert.equal(letters.length, 2)
  for (const { body } of letters) assert.match(body, /Action: failed\r\n[\s\S]*Status: 5\.4\.7/)
})
