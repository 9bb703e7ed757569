import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { atEnd } from "../../store/at-end.ts"
import type { Tx } from "../../store/index.ts"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import type { LedgerEvent } from "../ledger/contract.ts"
import { writeLeaf } from "../ledger/leaf.ts"
import type { Recipient } from "../policy/index.ts"
import type { Agreement } from "./agreement.ts"
import { recipientNames } from "./facts.ts"
import { openRegister, type Register } from "./register.ts"
import { addEntry } from "./rows.ts"
import type { AgreementWish } from "./wish.ts"

const start = 1_700_000_000_000
const hour = 60 * 60 * 1000

async function open(t: TestContext) {
  const time = { now: start }
  const { store, vaults } = await openTestVaults(t)
  const log = recordingLog()
  const parts = { store, vaults, log, ledger: { record: wait }, clock: { now: () => time.now } }
  const reopen = async (): Promise<Register> => {
    const register = await openRegister(parts)
    atEnd(t, () => register.close())
    return register
  }
  return { time, store, log, parts, reopen, register: await reopen() }
}

/** An event waits for its number, as the ledger's recorder leaves it. */
async function wait(tx: Tx, _subject: null | number, event: LedgerEvent): Promise<void> {
  const data = writeLeaf(event.kind, { kind: "public", detail: Buffer.from(JSON.stringify(event)) })
  await tx`insert into ledger_waiting (data, mac, created_at) values (${data}, '', now())`
}

function known(register: Register, recipient: Recipient): Agreement | undefined {
  const found = register.inForce(recipient)
  return found === "broken" ? assert.fail("the register is broken") : found
}

const wish = (more: Partial<AgreementWish>): AgreementWish => ({
  recipient: "dns",
  purposes: undefined,
  fields: undefined,
  country: undefined,
  until: undefined,
  ...more,
})

test("the standing agreements are there from the start, once", async t => {
  const { register, reopen } = await open(t)
  const again = await reopen()
  for (const recipient of recipientNames) {
    assert.equal(again.history(recipient).length, 1, recipient)
    assert.deepEqual(again.history(recipient), register.history(recipient))
  }
  assert.deepEqual(known(again, "dns"), {
    id: known(again, "dns")?.id,
    recipient: "dns",
    purposes: ["mail.screen", "mail.send"],
    fields: ["user.communications.domain", "user.communications.sender", "user.device.ip_address"],
    country: undefined,
    ground: "contract",
    agreedAt: start,
    until: undefined,
    endedAt: undefined,
  })
})

test("what the operator has ended stays ended when the server starts again", async t => {
  const { register, reopen, log } = await open(t)
  const ended = await register.end("dns")
  assert.equal(ended.kind, "ended")
  assert.equal(known(register, "dns")?.endedAt, start)
  assert.equal(known(await reopen(), "dns")?.endedAt, start)
  const twice = await register.end("dns")
  assert.deepEqual(twice, { kind: "refused", text: "no agreement with dns stands that could be ended" })
  assert.deepEqual(
    log.events.map(one => one.name),
    ["recipients.ended"],
  )
})

test("a new agreement takes the place of the one before it, which stays on record", async t => {
  const { register, time } = await open(t)
  time.now += hour
  const agreed = await register.agree(
    wish({ fields: ["user.communications.domain"], country: "SE", until: start + 24 * hour }),
  )
  assert.equal(agreed.kind, "agreed")
  const [newest, before] = register.history("dns")
  assert.deepEqual(newest?.fields, ["user.communications.domain"])
  assert.deepEqual([newest?.country, newest?.until, newest?.endedAt], ["SE", start + 24 * hour, undefined])
  assert.equal(before?.endedAt, start + hour)
  assert.equal(known(register, "dns"), newest)
})

test("nothing can be agreed beyond what the policy declares", async t => {
  const { register } = await open(t)
  const beyond: readonly Partial<AgreementWish>[] = [
    { recipient: "data-broker" },
    { recipient: "__proto__" },
    { purposes: ["mail.read"] },
    { purposes: ["marketing.sale"] },
    { purposes: [] },
    { fields: ["user.contact.email"] },
    { fields: ["user.communications"] },
    { fields: [] },
    { country: "Sweden" },
    { recipient: "own-door", country: "SE" },
    { until: start },
    { until: Number.NaN },
  ]
  for (const more of beyond) {
    const answer = await register.agree(wish(more))
    assert.equal(answer.kind, "refused", JSON.stringify(more))
  }
  assert.equal(register.history("dns").length, 1)
  assert.equal(register.history("own-door").length, 1)
})

test("other nodes hear of it", async t => {
  const { register, reopen } = await open(t)
  const other = await reopen()
  await register.end("dns")
  const deadline = performance.now() + 10_000
  while (known(other, "dns")?.endedAt === undefined && performance.now() < deadline)
    await new Promise(setImmediate)
  assert.equal(known(other, "dns")?.endedAt, start)
})

test("of two who agree at the same time, one comes after the other", async t => {
  const { register, reopen } = await open(t)
  const other = await reopen()
  const both = await Promise.all([register.agree(wish({})), other.agree(wish({ country: "SE" }))])
  assert.deepEqual(
    both.map(one => one.kind),
    ["agreed", "agreed"],
  )
  const history = (await reopen()).history("dns")
  assert.deepEqual(
    history.map(one => one.endedAt === undefined),
    [true, false, false],
  )
})

test("what an entry holds that this version does not know is passed over", async t => {
  const { store, parts, reopen } = await open(t)
  await store.transaction(async tx => {
    const terms = {
      says: "agreed",
      country: null,
      ground: null,
      until: null,
      saidAt: new Date(start),
    } as const
    const dns = { recipient: "dns", purposes: ["mail.screen", "mail.lend"], fields: ["user.shoe-size"] }
    const moon = { recipient: "moon", purposes: ["mail.screen"], fields: ["user.communications.domain"] }
    await addEntry(tx, parts, { ...terms, ...dns, number: recipientNames.length + 1 })
    await addEntry(tx, parts, { ...terms, ...moon, number: recipientNames.length + 2 })
  })
  const register = await reopen()
  assert.deepEqual(known(register, "dns")?.purposes, ["mail.screen"])
  assert.deepEqual(known(register, "dns")?.fields, [])
})

test("says that it could not be read again, and goes on with what was known until it can be", async t => {
  const { store, log, parts, register: other } = await open(t)
  const broken = { now: false }
  const sql: typeof store.sql = new Proxy(store.sql, {
    apply(target, self, args) {
      if (broken.now) return Promise.reject(new Error("the database is away"))
      return Reflect.apply(target, self, args)
    },
  })
  const register = await openRegister({ ...parts, store: { ...store, sql } })
  broken.now = true
  assert.equal((await register.end("dns")).kind, "refused")
  assert.ok(log.events.some(one => one.name === "recipients.unread"))
  broken.now = false
  const deadline = performance.now() + 10_000
  while (known(register, "dns")?.endedAt === undefined && performance.now() < deadline)
    await new Promise(setImmediate)
  assert.equal(known(register, "dns")?.endedAt, start)
  await register.close()
  await other.close() // it read again too, and the database goes away with the test
})
