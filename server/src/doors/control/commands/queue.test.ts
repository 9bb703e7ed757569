import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createTellLook } from "../../../flow/index.ts"
import { openTestHouse, password } from "../../../flow/open-test-house.ts"
import { createKeep } from "../../../messages/index.ts"
import { primaryAddress } from "../../../people/index.ts"
import { systemChance } from "../../../ports/chance.ts"
import { systemClock } from "../../../ports/clock.ts"
import { recordingLog } from "../../../ports/log.ts"
import {
  createStaffAccess,
  createStaffRegister,
  mailAddress,
  mailContent,
  personal,
  secret,
} from "../../../privacy/index.ts"
import { createRecorder } from "../../../privacy/ledger/index.ts"
import { opened } from "../../../privacy/test-privacy.ts"
import { findSent, openQueue, openQueueDesk, openSentRecorder } from "../../../sending/index.ts"
import { type AccountId, createTableRows } from "../../../store/index.ts"
import { ControlError, type ControlResult } from "../command.ts"
import { queueCommands } from "./queue.ts"

const reason = "her letter to far.test does not arrive"
const hour = 60 * 60 * 1000
const received = Date.UTC(2026, 2, 4, 10, 2)

async function openOffice(t: TestContext) {
  const house = await openTestHouse(t)
  const { store, vaults, privacy, people } = house
  const outside = { clock: systemClock, chance: systemChance, log: recordingLog() }
  const tell = createTellLook({
    ...house,
    ...outside,
    keep: createKeep(store, vaults, systemChance),
    addressOf: account => primaryAddress(store, account),
    hostname: "mx.near.test",
  })
  const ledger = createRecorder({ store, vaults, ...outside })
  const staffRegister = createStaffRegister({ store, vaults, ...outside })
  const staff = createStaffAccess({ privacy, store, ledger, register: staffRegister, tell, ...outside })
  await staffRegister.agree({ name: "Rita", fields: undefined, until: systemClock.now() + 86_400_000 })
  const queue = openQueue({ store, vaults, ...outside })
  const desk = openQueueDesk({ store, vaults, queue, ...outside })
  const commands = queueCommands({ desk, store, staff, staffRegister })
  const ask = async (name: string, input: object = {}): Promise<ControlResult> => {
    const found = commands.find(each => each.name === name)
    assert.ok(found, name)
    const call = {
      signal: new AbortController().signal,
      progress: () => undefined,
      bytes: async () => undefined,
    }
    return await found.run({ by: "Rita", ...input }, call)
  }
  const enter = async (name: string) => {
    const signedIn = await people.signIn(mailAddress(`${name}@near.test`), secret(password), "control")
    assert.ok(signedIn.kind === "signed-in")
    t.after(() => signedIn.session.close())
    return signedIn.session
  }
  const put = (account: AccountId, ...to: string[]): Promise<number> => putFor(received, account, ...to)
  /** Not to be sent before `notBefore`. */
  const putFor = async (notBefore: number, account: AccountId, ...to: string[]): Promise<number> =>
    await privacy.gate("mail.send", { kind: "account", account }, async permit => {
      const text = Buffer.from("Subject: secret\r\n\r\nletter\r\n")
      const mail = await queue.prepare(
        {
          account,
          reversePath: mailAddress("anna@near.test"),
          recipients: to.map(address => ({ address: mailAddress(address) })),
          parts: [mailContent(text)],
          size: text.length,
          signedBy: undefined,
          smtputf8: false,
          body: "7BIT",
          requireTls: false,
          receivedAt: received,
          notBefore,
          expiresAt: received + 120 * hour,
          kind: "submitted",
        },
        permit,
      )
      const tables = createTableRows()
      mail.addTo(tables)
      const facts = personal("user.communications.outgoing", {
        ...({ kind: "submitted", messageId: "", subject: "secret", recipients: to } as const),
        ...{ receivedAt: received, notBefore, expiresAt: received + 120 * hour },
      })
      const recorder = await openSentRecorder({ vaults, chance: systemChance }, [account])
      recorder.sealMail(account, mail.mail, facts, permit)(tables)
      await store.transaction(tx => store.copyIn(tx, ...tables.all()))
      return mail.mail
    })
  /** All that is due fails for now. */
  const fail = async (): Promise<void> => {
    const { claimed } = await queue.claim({ limit: 100, each: 100, leaseMs: hour, busy: [] })
    await store.transaction(tx =>
      queue.settle(
        tx,
        claimed.flatMap(one =>
          one.recipients.map(({ no }) => ({
            ...({ claimed: one, no, kind: "again", afterMs: hour, toldOfDelay: false } as const),
            answer: {
              why: "refused",
              by: { host: "mx1.far.test", ip: "192.0.2.5", tls: undefined, verified: undefined },
              reply: { code: 452, enhanced: "4.2.2", text: "mailbox of carla is full" },
            } as const,
          })),
        ),
      ),
    )
  }
  return { ...house, queue, ask, enter, put, putFor, fail, anna: (await enter("anna")).account }
}

const isRefusal = (expected: RegExp) => (error: unknown) =>
  error instanceof ControlError && expected.test(error.message)

test("says how much waits and since when, without a reason, and nothing of anybody", async t => {
  const { ask, put, fail, anna } = await openOffice(t)
  assert.equal((await ask("queue")).text, "nothing waits to be sent")
  await put(anna, "carla@far.test", "dora@wide.test")
  await fail()
  await put(anna, "emil@far.test")
  assert.equal(
    (await ask("queue")).text,
    "2 messages wait to be sent, the oldest since 2026-03-04 10:02\n" +
      "recipients: 1 due, 0 being tried, 2 waiting for their next try, 0 held",
  )
})

test("counts what is to be sent later apart: it waits for no try, and for nothing that is overdue", async t => {
  const { ask, put, putFor, fail, anna } = await openOffice(t)
  const at = Math.ceil(systemClock.now() / hour) * hour + 48 * hour
  const when = new Date(at).toISOString().slice(0, 16).replace("T", " ")
  await putFor(at, anna, "carla@far.test")
  const recipients = (later: number) =>
    `recipients: 0 due, 0 being tried, ${later} waiting for their next try, 0 held`
  assert.equal(
    (await ask("queue")).text,
    `0 messages wait to be sent\n1 message is to be sent later, the next at ${when}\n${recipients(0)}`,
  )
  await put(anna, "carla@far.test")
  await fail()
  await putFor(at + hour, anna, "carla@far.test", "dora@far.test")
  assert.equal(
    (await ask("queue")).text,
    "1 message waits to be sent, the oldest since 2026-03-04 10:02\n" +
      `2 messages are to be sent later, the next at ${when}\n${recipients(1)}`,
  )
})

test("without a reason that says something, nothing of a person's mail is shown or changed", async t => {
  const { ask, put, anna, mailOf, queue } = await openOffice(t)
  const mail = await put(anna, "carla@far.test")
  for (const name of ["list", "show", "hold", "release", "retry", "delete"]) {
    await assert.rejects(ask(`queue.${name}`, { mail }), isRefusal(/--reason/), name)
    await assert.rejects(ask(`queue.${name}`, { mail, reason, by: "Nobody" }), isRefusal(/Nobody/), name)
  }
  assert.deepEqual(await mailOf("anna"), [])
  assert.equal((await queue.claim({ limit: 9, each: 9, leaseMs: hour, busy: [] })).claimed.length, 1)
})

test("lists and shows what waits, for a reason that its sender is told: domains and codes, no address of a recipient", async t => {
  const { ask, put, fail, anna, mailOf } = await openOffice(t)
  const mail = await put(anna, "carla@far.test", "dora@wide.test")
  await fail()
  const list = await ask("queue.list", { reason })
  assert.match(list.text, new RegExp(`${mail}  anna@near\\.test +2 recipients, 1 kB, 1 try, next `))
  const shown = await ask("queue.show", { mail: String(mail), reason })
  assert.match(shown.text, /far\.test: 1 try, next .*; it was refused \(mx1\.far\.test\), 452/)
  assert.match(shown.text, /sender {5}anna@near\.test/)
  for (const text of [list, shown].map(each => JSON.stringify(each)))
    for (const word of ["carla", "dora", "secret", "letter\\r"]) assert.ok(!text.includes(word), word)
  const told = await mailOf("anna")
  assert.equal(told.length, 2)
  assert.ok(told.some(({ body }) => body.includes(`queue show ${mail}`) && body.includes("which domains")))
})

test("holds, releases, tries again; each act is told, and what changes nothing is refused and told to nobody", async t => {
  const { ask, put, anna, mailOf, queue } = await openOffice(t)
  const mail = await put(anna, "carla@far.test")
  const claimed = async () =>
    (await queue.claim({ limit: 9, each: 9, leaseMs: hour, busy: [] })).claimed.length
  await assert.rejects(ask("queue.release", { mail, reason }), isRefusal(/is not held/))
  assert.match((await ask("queue.hold", { mail, reason })).text, /is held.*the person is told/)
  assert.equal(await claimed(), 0)
  await assert.rejects(ask("queue.hold", { mail, reason }), isRefusal(/is held already/))
  await ask("queue.release", { mail, reason })
  await ask("queue.retry", { mail, reason })
  assert.equal(await claimed(), 1)
  await assert.rejects(ask("queue.retry", { mail, reason }), isRefusal(/just begun to try/))
  await assert.rejects(ask("queue.hold", { mail: mail + 1, reason }), isRefusal(/no message/))
  assert.equal((await mailOf("anna")).length, 3)
})

test("shows what is to be sent later as that, and does not send it before", async t => {
  const { ask, putFor, anna, mailOf } = await openOffice(t)
  const at = Math.ceil(systemClock.now() / hour) * hour + 48 * hour
  const mail = await putFor(at, anna, "carla@far.test")
  const when = new Date(at).toISOString().slice(0, 16).replace("T", " ")
  assert.match(
    (await ask("queue.list", { reason })).text,
    new RegExp(`1 recipient, 1 kB, to be sent ${when}$`),
  )
  const { text } = await ask("queue.show", { mail, reason })
  assert.match(text, new RegExp(`^to be sent ${when}, not before$`, "m"))
  assert.match(text, new RegExp(`far\\.test: not tried yet, next ${when}$`, "m"))
  await assert.rejects(
    ask("queue.retry", { mail, reason }),
    isRefusal(/does not go before its time, which its writer asked for/),
  )
  assert.equal((await mailOf("anna")).length, 2)
})

test("takes a message out: it is gone, and its sender finds in the history that it was", async t => {
  const { ask, put, anna, enter, store } = await openOffice(t)
  const mail = await put(anna, "carla@far.test", "dora@wide.test")
  await ask("queue.delete", { mail, reason })
  assert.equal((await ask("queue")).text, "nothing waits to be sent")
  const sent = await findSent(store, await enter("anna"), mail)
  assert.deepEqual(
    sent?.events.map(({ event }) => event && opened(event)),
    [{ kind: "failed", recipients: [0, 1], why: "taken-out" }],
  )
})

test("what is being tried at the moment is not said to be out", async t => {
  const { ask, put, anna, enter, store, queue } = await openOffice(t)
  const mail = await put(anna, "carla@far.test", "dora@wide.test")
  const { claimed } = await queue.claim({ limit: 1, each: 1, leaseMs: hour, busy: [] })
  const inHand = claimed[0]?.recipients[0]?.no
  assert.ok(inHand !== undefined)
  const { text } = await ask("queue.delete", { mail, reason })
  assert.match(text, /is out of the queue for 1 recipient.*is being tried for 1 recipient at this moment/)
  const sent = await findSent(store, await enter("anna"), mail)
  assert.deepEqual(
    sent?.events.map(({ event }) => event && opened(event)),
    [{ kind: "failed", recipients: [1 - inHand], why: "taken-out" }],
  )
  await queue.giveBack(claimed)
  assert.match((await ask("queue.delete", { mail, reason })).text, /is out of the queue: /)
})

test("goes on page by page, a hundred at a time", async t => {
  const { ask, put, anna } = await openOffice(t)
  for (let count = 0; count < 102; count++) await put(anna, "carla@far.test")
  const first = await ask("queue.list", { reason })
  const { mails, next } = first.value as { mails: { mail: number }[]; next: string } // as the command gives it
  const rest = (await ask("queue.list", { reason, after: next })).value as typeof first.value & {
    mails: { mail: number }[]
  }
  assert.equal(new Set([...mails, ...rest.mails].map(({ mail }) => mail)).size, 102)
})
