import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { password } from "../../../flow/open-test-house.ts"
import { openTestSending } from "../../../flow/open-test-sending.ts"
import { systemChance } from "../../../ports/chance.ts"
import { systemClock } from "../../../ports/clock.ts"
import { mailAddress, secret } from "../../../privacy/index.ts"
import type { ReportedEvent, SentEvent } from "../../../sending/index.ts"
import { createTakeBack, openSentRecorder } from "../../../sending/index.ts"
import { createTableRows } from "../../../store/index.ts"
import { ControlError, type ControlResult } from "../command.ts"
import { sentCommands } from "./sent.ts"

const minute = 60_000
const at = Date.UTC(2026, 2, 4, 10, 2)
const letter = "From: anna@near.test\nMessage-ID: <a1@near.test>\nSubject: hello\n\nGood day.\n"

async function openHouse(t: TestContext, undoMs = 0) {
  const house = await openTestSending(t, { undoMs })
  const { store, vaults } = house
  const found = await house.receive.recipient(mailAddress("anna@near.test"))
  assert.ok(found.kind === "local")
  const anna = found.accountId
  const outside = { clock: systemClock, chance: systemChance }
  const commands = sentCommands({ ...house, takeBack: createTakeBack({ store, vaults, ...outside }) })
  const ask = async (name: string, input: object = {}): Promise<ControlResult> => {
    const command = commands.find(each => each.name === name)
    assert.ok(command, name)
    const call = {
      signal: new AbortController().signal,
      progress: () => undefined,
      bytes: async () => undefined,
    }
    return await command.run({ address: "anna@near.test", password, ...input }, call)
  }
  const mailId = async (): Promise<number> => {
    const [row] = await store.sql<{ mail_id: number }[]>`select mail_id from sent_mail`
    return row?.mail_id ?? 0
  }
  const happened = async (mail: number, ...events: readonly SentEvent[]): Promise<void> => {
    const recorder = await openSentRecorder({ vaults, ...outside }, [anna])
    const tables = createTableRows()
    for (const [no, event] of events.entries()) recorder.event(tables, anna, mail, at + no * minute, event)
    await store.transaction(tx => store.copyIn(tx, ...tables.all()))
  }
  return { ...house, anna, ask, mailId, happened }
}

test("says of each message what became of it, for each recipient the last that happened", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  assert.equal((await ask("sent")).text, "nothing was sent to others in the last 30 days")
  await send(anna, ["a@far.test", "b@wide.test", "c@gone.test", "d@slow.test"], letter)
  const mail = await mailId()
  const by = { host: "mx1.far.test", ip: "192.0.2.7", tls: "TLSv1.3", verified: "dane" } as const
  const reply = { code: 451, enhanced: "4.7.1", text: "come\u001b[2J later" }
  await happened(
    mail,
    { kind: "put-off", recipients: [0, 1], why: "timed-out", nextAt: at + 5 * minute },
    { kind: "handed-over", recipients: [0], by, reply: { code: 250, enhanced: "2.0.0", text: "OK" } },
    { kind: "put-off", recipients: [1], why: "refused", by, reply, nextAt: at + 20 * minute },
    { kind: "failed", recipients: [2], why: "no-such-domain" },
  )
  const { text } = await ask("sent")
  assert.match(text, new RegExp(`^ *${mail}  .*  hello\\n`))
  assert.deepEqual(
    text
      .split("\n")
      .slice(1)
      .map(line => line.trim()),
    [
      "a@far.test: handed to mx1.far.test, TLS 1.3 verified by DANE, 250 at 2026-03-04 10:03",
      "b@wide.test: not yet: it was refused (mx1.far.test), 451 4.7.1 come [2J later at 2026-03-04 10:04; next try 2026-03-04 10:22",
      "c@gone.test: did not arrive: there is no such domain at 2026-03-04 10:05",
      "d@slow.test: waits to be sent",
    ],
  )
})

test("says of one message all that happened, one after the other", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  const mail = await mailId()
  await happened(
    mail,
    { kind: "put-off", recipients: [0], why: "timed-out", nextAt: at + 5 * minute },
    { kind: "failed", recipients: [0], why: "expired" },
  )
  const { text } = await ask("sent", { mail: String(mail) })
  assert.deepEqual(
    text
      .split("\n")
      .slice(1)
      .map(line => line.trim()),
    [
      "a@far.test",
      "not yet: the far side took too long at 2026-03-04 10:02; next try 2026-03-04 10:07",
      "did not arrive: its time is over at 2026-03-04 10:03",
    ],
  )
  await assert.rejects(ask("sent", { mail: mail + 1 }), /no message/)
})

const by = { host: "mx1.far.test", ip: "192.0.2.7", tls: "TLSv1.3", verified: "dane" } as const
const handedOver: SentEvent = {
  kind: "handed-over",
  recipients: [0, 1],
  by,
  reply: { code: 250, enhanced: "2.0.0", text: "OK" },
}
const gone: SentEvent = {
  kind: "reported",
  address: "a@inner.far.test",
  original: "A@Far.test",
  action: "failed",
  status: "5.1.1",
  diagnostic: "550 5.1.1 no\u001b[2J such user",
  by: "out3.far.test",
  proven: "far.test",
}

test("says what a server that had taken a message said of it later, and who is no recipient", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test", "b@xn--fr-fka.test"], letter)
  const mail = await mailId()
  const full: SentEvent = { kind: "reported", address: "b@för.test", action: "delayed", status: "4.2.2" }
  const strangers = Array.from(
    { length: 12 },
    (_, no): SentEvent => ({ ...full, address: `list-${no}@wide.test`, by: "mx.wide.test" }),
  )
  const forwarded = saying("a@far.test", { ...failed, proven: "wide.test" })
  await happened(mail, handedOver, gone, full, forwarded, ...strangers)
  const { text } = await ask("sent", { mail: String(mail) })
  const lines = text
    .split("\n")
    .slice(1)
    .map(line => line.trim())
  assert.deepEqual(lines.slice(0, 9), [
    "a@far.test",
    "handed to mx1.far.test, TLS 1.3 verified by DANE, 250 at 2026-03-04 10:02",
    "did not arrive: far.test, whose server had taken it, said later that this address does not exist (5.1.1: 550 5.1.1 no [2J such user) at 2026-03-04 10:03",
    "somebody at wide.test said later that it did not arrive, as this address does not exist (5.1.1) at 2026-03-04 10:05",
    "b@xn--fr-fka.test",
    "handed to mx1.far.test, TLS 1.3 verified by DANE, 250 at 2026-03-04 10:02",
    "somebody said later that it waits, as the mailbox is full (4.2.2) at 2026-03-04 10:04",
    "list-0@wide.test, whom you did not write to; it may have been passed on to them",
    "somebody who claims to be mx.wide.test said later that it waits, as the mailbox is full (4.2.2) at 2026-03-04 10:06",
  ])
  assert.deepEqual(
    [lines.length, lines.at(-1)],
    [7 + 2 * 10 + 1, "and reports about 2 more whom you did not write to"],
  )
})

const saying = (address: string, more: Partial<ReportedEvent> = {}): ReportedEvent => ({
  kind: "reported",
  address,
  action: "delivered",
  status: "2.0.0",
  ...more,
})
const failed = { action: "failed", status: "5.1.1", diagnostic: "550 write to c@evil.test" } as const

test("a failure that the server said later which took the message is told whatever is said after it", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  const mail = await mailId()
  // It may be told of before the hand-over itself is written down.
  await happened(mail, gone, saying("a@far.test", { proven: "mx1.far.test" }), handedOver)
  const [, first, second, ...rest] = (await ask("sent")).text.split("\n").map(line => line.trim())
  assert.match(first ?? "", /^a@far\.test: handed to mx1\.far\.test/)
  assert.match(second ?? "", /^did not arrive: far\.test, whose server had taken it, said later/)
  assert.deepEqual(rest, ["and 1 more report"])
  const { text } = await ask("sent", { mail })
  assert.match(text, / arrived: mx1\.far\.test, which had taken it, said later that it is in the mailbox/)
})

test("nobody who got a message says as a fact what became of it with others, nor in whose words", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  const mail = await mailId()
  await happened(
    mail,
    handedOver,
    saying("a@far.test", { ...failed, by: "mx1.far.test" }),
    saying("a@far.test", { ...failed, by: "mx1.far.test", proven: "evil.test" }),
    saying("a@far.test", { ...failed, by: "mx1.far.test", proven: "r.test" }),
    saying("a@far.test", { ...failed, by: "mx1.far.test", proven: "test" }),
  )
  for (const input of [{}, { mail }]) {
    const { text } = await ask("sent", input)
    assert.match(text, /a@far\.test\b.*\n? *handed to mx1\.far\.test/)
    assert.match(text, /\n *somebody at evil\.test said later that it did not arrive/)
    assert.doesNotMatch(text, /had taken it|write to|did not arrive:/)
  }
})

test("what others say does not hide what others say", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  const flood = Array.from({ length: 20 }, (_, no) => saying("a@far.test", { proven: `x${no}.evil.test` }))
  const honest = saying("a@far.test", { ...failed, proven: "mail.wide.test" })
  await happened(await mailId(), handedOver, honest, ...flood)
  const { text } = await ask("sent")
  assert.match(text, /somebody at mail\.wide\.test said later that it did not arrive/)
  assert.match(text, /and 19 more reports$/)
  await happened(await mailId(), { kind: "more-reported" })
  for (const input of [{}, { mail: await mailId() }])
    assert.match((await ask("sent", input)).text, /\n *more was reported of it than is kept here; what came/)
})

test("of whom it was handed to no other server for, nothing is told but what is known here", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  const to = ["a@far.test", "b@far.test", "c@far.test", "d@far.test", "e@far.test"]
  await send(anna, to, letter)
  const mail = await mailId()
  await happened(
    mail,
    { kind: "kept-here", recipients: [0] },
    { kind: "failed", recipients: [1], why: "no-such-domain" },
    { ...handedOver, recipients: [2] },
    { kind: "put-off", recipients: [2], why: "timed-out", nextAt: at + 5 * minute },
    { kind: "taken-back", recipients: [3] },
    ...to.flatMap(address => [
      saying(address, { proven: "far.test" }),
      saying(address, { ...failed, proven: "far.test" }),
    ]),
  )
  const { text } = await ask("sent")
  assert.equal(text.split("\n").length, 1 + to.length)
  assert.doesNotMatch(text, /said later|report/)
  const course = await ask("sent", { mail })
  assert.doesNotMatch(course.text, /said later/)
  assert.equal(course.text.match(/2 reports name this address, and cannot know/g)?.length, to.length)
})

test("lists apart what waits for its time, however much it is, and each list has a next page", async t => {
  const { anna, ask, envelope, submit, send, store } = await openHouse(t)
  const incoming = submit.begin({
    ...envelope(anna, "anna@near.test", ["a@far.test"]),
    release: { at: systemClock.now() + 48 * 60 * minute, request: "for;172800" },
  })
  incoming.write(Buffer.from(letter.replace("hello", "tomorrow").replaceAll("\n", "\r\n")))
  await incoming.finish()
  await send(anna, ["b@far.test"], letter.replace("hello", "today"))
  // More of both than a page has, as rows alone: none of them opens.
  await store.sql`insert into sent_mail (account_id, mail_id, at, seal_key_id, data)
    select ${anna}, n, date_trunc('milliseconds', now()) + n * interval '1 minute', 0, '' from generate_series(1, 1000) n`
  await store.sql`insert into queued_mail
      (account_id, mail_id, queue_key_id, size, received_at, not_before, expires_at, envelope)
    select account_id, mail_id, 0, 1, now(), at, at, '' from sent_mail where mail_id <= 1000`
  await store.sql`insert into sent_mail (account_id, mail_id, at, seal_key_id, data)
    select ${anna}, n, date_trunc('milliseconds', now()) - n * interval '1 minute', 0, '' from generate_series(1001, 1100) n`
  const { text } = await ask("sent")
  assert.match(text, /^waits for its time, and can be taken back:\n +1 /)
  assert.match(text, /\n +1000 .*\nMore waits: --after \d+\/1000\nthe rest of the last 30 days:\n.*today\n/)
  assert.doesNotMatch(text, /tomorrow/)
  assert.match(text, / 1099 .*\nThere is more: --before \d+\/1099$/)
  const [, after = "", before = ""] = /--after (\S+).*--before (\S+)$/s.exec(text) ?? []
  assert.match(
    (await ask("sent", { after })).text,
    /^waits for its time, and can be taken back:\n.*tomorrow\n.*a@far\.test: waits until .*$/,
  )
  assert.match((await ask("sent", { before })).text, /^ +1100 .*$/)
  await assert.rejects(ask("sent", { before: "yesterday" }))
})

test("is shown to nobody without the password", async t => {
  const { anna, ask, send } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  await assert.rejects(ask("sent", { password: "another one" }), ControlError)
  await assert.rejects(ask("sent.undo", { password: "another one", mail: 1 }), ControlError)
})

test("takes nothing back from those who have their mailbox here, and does not say that it did", async t => {
  const { anna, ask, send, mailId, mailOf } = await openHouse(t, minute)
  await send(anna, ["a@far.test", "ben@near.test"], letter)
  const { text } = await ask("sent.undo", { mail: String(await mailId()) })
  assert.match(text, /nobody elsewhere.*mailbox here has had it/)
  assert.deepEqual(
    (await mailOf("ben")).map(({ mailbox }) => mailbox),
    ["INBOX"],
  )
  assert.deepEqual(
    (await mailOf("anna")).map(({ mailbox }) => mailbox),
    ["Sent"],
  )
})

test("takes a message back before its time, and says so afterwards; not later, and not somebody else's", async t => {
  const { anna, ask, send, mailId, store } = await openHouse(t, minute)
  await send(anna, ["a@far.test"], letter)
  const mail = await mailId()
  await assert.rejects(ask("sent.undo", { address: "ben@near.test", mail }), /no message/)
  assert.equal(
    (await ask("sent.undo", { mail: String(mail) })).text,
    `message ${mail} goes to nobody elsewhere; whoever it is for and has their mailbox here has had it since it was sent, and its copy stays in Sent`,
  )
  assert.match((await ask("sent")).text, /a@far\.test: taken back at /)
  assert.equal((await store.sql`select from queued_mail`).length, 0)
  await store.sql`delete from sent_mail`
  await send(anna, ["a@far.test"], letter)
  await store.sql`update queued_mail set not_before = now()`
  await assert.rejects(ask("sent.undo", { mail: await mailId() }), /too late/)
})

test("says when a message goes that its writer may take back for longer than until its time", async t => {
  const { anna, ask, envelope, submit } = await openHouse(t, 60 * minute)
  const incoming = submit.begin({
    ...envelope(anna, "anna@near.test", ["a@far.test"]),
    release: { at: systemClock.now() + 30 * minute, request: "for;1800" },
  })
  incoming.write(Buffer.from(letter.replaceAll("\n", "\r\n")))
  const [earliest, latest] = [systemClock.now(), systemClock.now() + minute]
  assert.equal((await incoming.finish()).kind, "kept")
  const { text } = await ask("sent")
  const [, goes, asked] = /waits until (.{16}), (.{16}) was asked for;/.exec(text) ?? []
  const minutesOf = (shown = ""): number => Date.parse(`${shown.replace(" ", "T")}Z`)
  const isAbout = (shown: string | undefined, after: number) =>
    minutesOf(shown) > earliest + after - minute && minutesOf(shown) <= latest + after
  assert.ok(isAbout(goes, 60 * minute) && isAbout(asked, 30 * minute), text)
})

test("says until when a message waits that is to be sent later, and takes it back from those here, too", async t => {
  const { anna, ask, envelope, submit, mailId, mailOf } = await openHouse(t)
  const at = Math.ceil(systemClock.now() / minute) * minute + 48 * 60 * minute
  const when = new Date(at).toISOString().slice(0, 16).replace("T", " ")
  const incoming = submit.begin({
    ...envelope(anna, "anna@near.test", ["a@far.test", "ben@near.test"]),
    release: { at, request: "for;172800" },
  })
  incoming.write(Buffer.from(letter.replaceAll("\n", "\r\n")))
  assert.equal((await incoming.finish()).kind, "kept")
  const mail = await mailId()
  const waits = `waits until ${when}, as you asked; sent undo takes it back before that`
  for (const input of [{}, { mail }]) {
    const { text } = await ask("sent", input)
    assert.ok(text.includes(`a@far.test: ${waits}`), text)
    assert.ok(text.includes(`ben@near.test: ${waits}`), text)
  }
  assert.match((await ask("sent.undo", { mail })).text, /goes to nobody, and its copy stays in Sent$/)
  assert.match((await ask("sent")).text, /ben@near\.test: taken back at /)
  assert.deepEqual(await mailOf("ben"), [])
})

test("takes back all that waits, a thief's hundreds among it; what had its time goes on", async t => {
  const { anna, ask, send, submit, envelope, mailOf, store } = await openHouse(t, minute)
  const later = async (to: readonly string[]) => {
    const release = { at: systemClock.now() + 48 * 60 * minute, request: "for;172800" }
    const incoming = submit.begin({ ...envelope(anna, "anna@near.test", to), release })
    incoming.write(Buffer.from(letter.replaceAll("\n", "\r\n")))
    assert.equal((await incoming.finish()).kind, "kept")
  }
  await send(anna, ["gone@far.test"], letter)
  await store.sql`update queued_mail set not_before = now()`
  for (let count = 0; count < 102; count++) await later(["a@far.test", "ben@near.test"])
  await send(anna, ["b@far.test"], letter)
  await assert.rejects(ask("sent.undo"), /by its number, or --all/)
  await assert.rejects(ask("sent.undo", { mail: 1, all: true }), /by its number, or --all/)
  await assert.rejects(ask("sent.undo", { all: true, password: "another one" }), ControlError)
  const others = await ask("sent.undo", { address: "ben@near.test", all: true })
  assert.equal(others.text, "nothing waits that could be taken back")
  assert.equal(
    (await ask("sent.undo", { all: true })).text,
    "102 messages go to nobody\n" +
      "1 message goes to nobody elsewhere; whoever it is for and has their mailbox here has had it since it was sent\n" +
      "copies stay in Sent",
  )
  assert.equal((await store.sql`select from queued_mail`).length, 1)
  const { text } = await ask("sent")
  assert.doesNotMatch(text, /waits for its time/)
  assert.match(text, /ben@near\.test: taken back at /)
  assert.deepEqual(await mailOf("ben"), [])
})

test("knows after a reset, too, from whom a message is taken back; of a damaged one it claims nothing", async t => {
  const { anna, ask, send, submit, envelope, people, store } = await openHouse(t, minute)
  const release = { at: systemClock.now() + 48 * 60 * minute, request: "for;172800" }
  for (const subject of ["one", "other"]) {
    const incoming = submit.begin({ ...envelope(anna, "anna@near.test", ["ben@near.test"]), release })
    incoming.write(Buffer.from(letter.replace("hello", subject).replaceAll("\n", "\r\n")))
    assert.equal((await incoming.finish()).kind, "kept")
  }
  const [one, other] = await store.sql<{ mail_id: number }[]>`select mail_id from sent_mail`
  await send(anna, ["a@far.test"], letter)
  const changed = "a password after the reset"
  assert.equal((await people.adminReset(mailAddress("anna@near.test"), secret(changed))).kind, "reset")
  const undo = async (input: object) => (await ask("sent.undo", { ...input, password: changed })).text
  assert.match(await undo({ mail: one?.mail_id }), /goes to nobody, and its copy stays in Sent$/)
  await store.sql`update queued_mail set envelope = '\\x00' where mail_id = ${other?.mail_id ?? 0}`
  assert.match(
    await undo({ all: true }),
    /^1 message goes to nobody elsewhere; .*\n1 message goes to nobody any more; it is damaged, and does not say/,
  )
  assert.equal((await store.sql`select from queued_mail`).length, 0)
})

test("says of somebody here when they got what was to be sent later", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  await happened(await mailId(), { kind: "kept-here", recipients: [0] })
  assert.match(
    (await ask("sent")).text,
    /a@far\.test: given to their mailbox or filter here, at 2026-03-04 10:02$/,
  )
})
