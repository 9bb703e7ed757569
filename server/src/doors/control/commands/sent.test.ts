import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { password } from "../../../flow/open-test-house.ts"
import { openTestSending } from "../../../flow/open-test-sending.ts"
import { systemChance } from "../../../ports/chance.ts"
import { systemClock } from "../../../ports/clock.ts"
import { mailAddress } from "../../../privacy/index.ts"
import type { SentEvent } from "../../../sending/index.ts"
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
  by: "mx1.far.test",
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
  await happened(mail, handedOver, gone, full, ...strangers)
  const { text } = await ask("sent", { mail: String(mail) })
  const lines = text
    .split("\n")
    .slice(1)
    .map(line => line.trim())
  assert.deepEqual(lines.slice(0, 8), [
    "a@far.test",
    "handed to mx1.far.test, TLS 1.3 verified by DANE, 250 at 2026-03-04 10:02",
    "did not arrive: mx1.far.test, which had taken it, said later that this address does not exist (5.1.1: 550 5.1.1 no [2J such user) at 2026-03-04 10:03",
    "b@xn--fr-fka.test",
    "handed to mx1.far.test, TLS 1.3 verified by DANE, 250 at 2026-03-04 10:02",
    "not yet: another server said later that the mailbox is full, and that it tries again (4.2.2) at 2026-03-04 10:04",
    "list-0@wide.test, whom you did not write to; it may have been passed on to them",
    "not yet: mx.wide.test said later that the mailbox is full, and that it tries again (4.2.2) at 2026-03-04 10:05",
  ])
  assert.deepEqual([lines.length, lines.at(-1)], [6 + 2 * 10 + 1, "and 2 more reports about others"])
})

test("counts a message as failed that was reported so, whatever is said after it", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  const mail = await mailId()
  const delivered: SentEvent = {
    kind: "reported",
    address: "a@far.test",
    action: "delivered",
    status: "2.0.0",
  }
  const last = async () => (await ask("sent")).text.split("\n").at(-1)?.trim()
  await happened(mail, delivered)
  assert.equal(
    await last(),
    "a@far.test: arrived: another server said later that it is in the mailbox (2.0.0) at 2026-03-04 10:02",
  )
  // It may be told of before the hand-over itself is written down.
  await happened(mail, gone, delivered, handedOver)
  assert.match(
    (await last()) ?? "",
    /^a@far\.test: did not arrive: mx1\.far\.test, which had taken it, said later/,
  )
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
  assert.match((await ask("sent.undo", { mail })).text, /goes to nobody; its copy stays in Sent$/)
  assert.match((await ask("sent")).text, /ben@near\.test: taken back at /)
  assert.deepEqual(await mailOf("ben"), [])
})

test("says of somebody here when they got what was to be sent later", async t => {
  const { anna, ask, send, mailId, happened } = await openHouse(t)
  await send(anna, ["a@far.test"], letter)
  await happened(await mailId(), { kind: "kept-here", recipients: [0] })
  assert.match((await ask("sent")).text, /a@far\.test: in the mailbox here, at 2026-03-04 10:02$/)
})
