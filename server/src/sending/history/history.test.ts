import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { personal } from "../../privacy/index.ts"
import { opened, testPrivacy } from "../../privacy/test-privacy.ts"
import { type AccountId, createTableRows } from "../../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../vaults/open-test-vaults.ts"
import { dropOldHistory } from "./drop-old-history.ts"
import type { ReportedEvent, SentEvent, SentFacts } from "./facts.ts"
import { findSent, readSent, readWaiting, SENT_PAGE, type SentPage, WAITING_PAGE } from "./read-sent.ts"
import { REPORTED_OF_A_GROUP, REPORTED_OF_A_MAIL, recordReported } from "./record-reported.ts"
import { openSentRecorder } from "./record-sent.ts"

const day = 24 * 60 * 60 * 1000
const start = Date.UTC(2026, 2, 4)
const facts: SentFacts = {
  kind: "submitted",
  messageId: "a1@near.test",
  subject: "Betreff7701",
  recipients: ["carla7702@far.test", "dora@wide.test"],
  receivedAt: start,
  notBefore: start,
  expiresAt: start + 5 * day,
}
const handedOver: SentEvent = {
  kind: "handed-over",
  recipients: [0],
  by: { host: "mx1.far.test", ip: "192.0.2.7", tls: "TLSv1.3", verified: "dane" },
  reply: { code: 250, enhanced: "2.0.0", text: "taken as Antwort7703" },
}
const putOff: SentEvent = { kind: "put-off", recipients: [1], why: "timed-out", nextAt: start + 300_000 }

const reported: ReportedEvent = {
  kind: "reported",
  address: "carla7704@inner.far.test",
  original: "carla7702@far.test",
  action: "failed",
  status: "5.1.1",
  diagnostic: "550 5.1.1 no Antwort7705",
  by: "mx1.far.test",
}

async function openHouse(t: TestContext) {
  const house = await openTestVaults(t)
  const { store, vaults } = house
  const holder = makeHolder()
  const anna = await makeAccount(house, holder)
  const enter = async (account: AccountId, by = holder) => {
    const session = vaults.openSession(account, await vaults.openWraps(account, by))
    t.after(() => session.close())
    return session
  }
  const record = async (
    mail: number,
    more: Partial<SentFacts>,
    events: readonly SentEvent[],
    account = anna,
  ) => {
    const recorder = await openSentRecorder({ vaults, chance: systemChance }, [account])
    const tables = createTableRows()
    const sent = personal("user.communications.outgoing", { ...facts, ...more }, account)
    await testPrivacy.gate("mail.send", { kind: "account", account }, async permit =>
      recorder.sealMail(account, mail, sent, permit)(tables),
    )
    for (const [no, event] of events.entries()) recorder.event(tables, account, mail, start + no, event)
    await store.transaction(tx => store.copyIn(tx, ...tables.all()))
  }
  /** A report of others that names so many. */
  const report = async (mail: number, times = 1, at = start + 1000, account = anna, proven?: string) => {
    const events = Array.from(
      { length: times },
      (): ReportedEvent => ({ ...reported, ...(proven === undefined ? {} : { proven }) }),
    )
    const parts = { store, vaults, chance: systemChance }
    const { locks, work } = await recordReported(parts, { account, mail, at, events })
    await store.transaction(async tx => {
      for (const { of, places } of locks) await of.lock(tx, places)
      await work(tx)
    })
  }
  return { ...house, holder, anna, enter, record, report }
}

test("a person reads what became of each message, newest first, in a session of theirs", async t => {
  const { store, anna, enter, record } = await openHouse(t)
  await record(1, {}, [putOff, handedOver])
  await record(2, { notBefore: start + 1000, subject: "later" }, [])
  const session = await enter(anna)
  const { mails } = await readSent({ sql: store.sql }, session)
  assert.deepEqual(
    mails.map(({ mail, facts: of }) => [mail, of && opened(of).subject]),
    [
      [2, "later"],
      [1, "Betreff7701"],
    ],
  )
  const one = await findSent(store, session, 1)
  assert.deepEqual(one?.facts && opened(one.facts), facts)
  assert.deepEqual(
    one?.events.map(({ event }) => event && opened(event)),
    [putOff, handedOver],
  )
  assert.equal(await findSent(store, session, 3), undefined)
})

test("what others report of a message stands behind all that was tried, however early it was said", async t => {
  const { store, anna, enter, record, report } = await openHouse(t)
  await record(1, {}, [putOff])
  await report(1, 2, start - 1000)
  await record(2, {}, [])
  const session = await enter(anna)
  const one = await findSent(store, session, 1)
  assert.deepEqual(
    one?.events.map(({ event }) => event && opened(event)),
    [putOff, reported, reported],
  )
  assert.deepEqual((await findSent(store, session, 2))?.events, [])
})

test("what one domain reports of a message is bounded, at once and under all its names, and takes no place of others", async t => {
  const { store, anna, enter, record, report } = await openHouse(t)
  await record(1, {}, [])
  await record(2, {}, [])
  const eve = (times: number, name: string) => report(1, times, start + 1000, anna, name)
  await Promise.all([
    eve(REPORTED_OF_A_GROUP - 1, "evil.test"),
    eve(REPORTED_OF_A_GROUP, "a.evil.test"),
    eve(1_000, "b.a.evil.test"),
    report(1, 1_000),
    report(2),
  ])
  await report(1, 1, start + 2000, anna, "mx1.far.test")
  const session = await enter(anna)
  const said = async (mail: number) => {
    const found = await findSent(store, session, mail)
    return found?.events.map(({ event }) => (event === undefined ? assert.fail() : opened(event))) ?? []
  }
  const events = await said(1)
  const of = (proven?: string) =>
    events.filter(one => one.kind === "reported" && one.proven?.endsWith(proven ?? "-") === true).length
  assert.equal(of("evil.test"), REPORTED_OF_A_GROUP)
  assert.equal(of("far.test"), 1)
  assert.equal(events.filter(one => one.kind === "reported" && one.proven === undefined).length, 100)
  assert.equal(events.filter(one => one.kind === "more-reported").length, 1, "that more came is said once")
  assert.deepEqual(await said(2), [reported])
})

test("what others report is bounded for each message, whatever domains they have", async t => {
  const { store, anna, record, report } = await openHouse(t)
  await record(1, {}, [handedOver])
  for (let no = 0; no < 12; no += 1) await report(1, REPORTED_OF_A_GROUP - 1, start, anna, `evil-${no}.test`)
  const [row] = await store.sql<{ events: number }[]>`select count(*) as events from sent_event`
  assert.equal(row?.events, 1 + REPORTED_OF_A_MAIL + 1)
})

test("what others report of a message that is in no history of the account is nothing", async t => {
  const house = await openHouse(t)
  const ben = await makeAccount(house, makeHolder(2))
  await house.record(1, {}, [])
  await house.report(1, 1, start, ben)
  await house.report(2)
  assert.equal((await house.store.sql`select from sent_event`).length, 0)
})

test("goes on page by page", async t => {
  const { store, anna, enter, record } = await openHouse(t)
  for (let mail = 1; mail <= SENT_PAGE + 3; mail++) await record(mail, {}, [])
  const session = await enter(anna)
  const first = await readSent(store, session)
  const rest = await readSent(store, session, first.mails.at(-1))
  assert.deepEqual([first.mails.length, rest.mails.length], [SENT_PAGE, 3])
  assert.deepEqual([first.hasMore, rest.hasMore], [true, false])
  assert.equal(new Set([...first.mails, ...rest.mails].map(({ mail }) => mail)).size, SENT_PAGE + 3)
})

test("what waits for its time is read apart, the next to go first, and hides nothing that had its time", async t => {
  const { store, anna, enter, record } = await openHouse(t)
  const now = Date.now()
  const waits = async (count: number) => {
    // As many as a thief may put there; rows alone, for nothing of them is opened but what is read.
    await store.sql`insert into sent_mail (account_id, mail_id, at, seal_key_id, data)
      select ${anna}, 1000 + n, ${new Date(now + day)}::timestamptz + n * interval '1 s', 0, '' from generate_series(1, ${count}) n`
    await store.sql`insert into queued_mail
        (account_id, mail_id, queue_key_id, size, received_at, not_before, expires_at, envelope)
      select account_id, mail_id, 0, 1, ${new Date(now)}, at, at, '' from sent_mail where mail_id > 1000`
  }
  await record(1, { notBefore: now - 1 }, [])
  await waits(WAITING_PAGE + 1)
  const session = await enter(anna)
  const idsOf = ({ mails }: SentPage) => mails.map(({ mail }) => mail)
  assert.deepEqual(idsOf(await readSent(store, session)), [1])
  const first = await readWaiting(store, session)
  const rest = await readWaiting(store, session, first.mails.at(-1))
  assert.deepEqual(
    [...idsOf(first), ...idsOf(rest)],
    Array.from({ length: WAITING_PAGE + 1 }, (_, no) => 1001 + no),
  )
  assert.deepEqual([first.hasMore, rest.hasMore], [true, false])
  // Taken back it waits no more, and is among the others.
  await store.sql`delete from queued_mail where mail_id = 1001`
  assert.deepEqual(idsOf(await readSent(store, session)), [1001, 1])
})

test("opens for nobody else: another account finds nothing, rows that were moved stay shut", async t => {
  const house = await openHouse(t)
  const { store, anna, enter, record } = house
  const holder = makeHolder(2)
  const ben = await makeAccount(house, holder)
  await record(1, {}, [handedOver])
  await record(2, {}, [])
  assert.deepEqual(await readSent(store, await enter(ben, holder)), { mails: [], hasMore: false })
  await store.sql`update sent_mail set data = (select data from sent_mail where mail_id = 1) where mail_id = 2`
  await store.sql`update sent_event set mail_id = 2`
  const [first, second] = (await readSent(store, await enter(anna))).mails.toSorted(
    (one, other) => one.mail - other.mail,
  )
  assert.ok(first?.facts !== undefined && first.events.length === 0)
  assert.equal(second?.facts, undefined)
  assert.deepEqual(
    second?.events.map(({ event }) => event),
    [undefined],
  )
})

test("is kept for 30 days, and goes with the account", async t => {
  const { store, anna, record, clock } = await openHouse(t)
  await record(1, {}, [handedOver])
  await record(2, { notBefore: start + day }, [])
  clock.at = start + 30 * day + 100
  assert.equal(await dropOldHistory(store, clock), 2)
  const left = await store.sql<{ mail_id: number }[]>`select mail_id from sent_mail`
  assert.deepEqual(
    left.map(row => row.mail_id),
    [2],
  )
  await record(3, { notBefore: clock.at }, [handedOver])
  await store.sql`delete from account where account_id = ${anna}`
  assert.equal(
    (await store.sql`select from sent_mail`).length + (await store.sql`select from sent_event`).length,
    0,
  )
})

test("no word of it lies in the clear", async t => {
  const { store, record, report } = await openHouse(t)
  await record(1, {}, [handedOver])
  await report(1)
  for (const table of ["sent_mail", "sent_event"])
    for await (const row of store.copyOut(store.sql, `select * from ${table}`))
      for (const value of row)
        for (const word of [
          "Betreff7701",
          "carla7702",
          "Antwort7703",
          "carla7704",
          "Antwort7705",
          "mx1.far",
          "a1@near",
        ])
          assert.ok(!value?.toString("latin1").includes(word), `${word} in ${table}`)
})
