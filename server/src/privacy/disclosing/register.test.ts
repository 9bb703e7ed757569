import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { openTestStore } from "../../store/test-store.ts"
import { recipientNames } from "./facts.ts"
import { openRegister, type Register } from "./register.ts"
import type { AgreementWish } from "./wish.ts"

const start = 1_700_000_000_000
const hour = 60 * 60 * 1000

async function open(t: TestContext) {
  const time = { now: start }
  const store = await openTestStore(t)
  const log = recordingLog()
  const reopen = async (): Promise<Register> => {
    const register = await openRegister({ store, log, clock: { now: () => time.now } })
    t.after(() => register.close())
    return register
  }
  return { time, store, log, reopen, register: await reopen() }
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
  assert.deepEqual(again.inForce("dns"), {
    id: again.inForce("dns")?.id,
    recipient: "dns",
    purposes: ["mail.screen"],
    fields: ["user.communications.domain", "user.device.ip_address"],
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
  assert.equal(register.inForce("dns")?.endedAt, start)
  assert.equal((await reopen()).inForce("dns")?.endedAt, start)
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
  assert.equal(register.inForce("dns"), newest)
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
  while (other.inForce("dns")?.endedAt === undefined && performance.now() < deadline)
    await new Promise(setImmediate)
  assert.equal(other.inForce("dns")?.endedAt, start)
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

test("what a row holds that this version does not know is passed over", async t => {
  const { store, reopen } = await open(t)
  await store.sql`update agreement set purposes = '{mail.screen,mail.lend}', fields = '{user.shoe-size}'
    where recipient = 'dns'`
  await store.sql`insert into agreement (recipient, purposes, fields, agreed_at)
    values ('moon', '{mail.screen}', '{user.communications.domain}', now())`
  const register = await reopen()
  assert.deepEqual(register.inForce("dns")?.purposes, ["mail.screen"])
  assert.deepEqual(register.inForce("dns")?.fields, [])
})

test("says that it could not be read again, and goes on with what was known until it can be", async t => {
  const { store, log, register: other } = await open(t)
  const broken = { now: false }
  const sql: typeof store.sql = new Proxy(store.sql, {
    apply(target, self, args) {
      if (broken.now) return Promise.reject(new Error("the database is away"))
      return Reflect.apply(target, self, args)
    },
  })
  const register = await openRegister({ store: { ...store, sql }, log, clock: { now: () => start } })
  broken.now = true
  assert.equal((await register.end("dns")).kind, "refused")
  assert.ok(log.events.some(one => one.name === "recipients.unread"))
  broken.now = false
  const deadline = performance.now() + 10_000
  while (register.inForce("dns")?.endedAt === undefined && performance.now() < deadline)
    await new Promise(setImmediate)
  assert.equal(register.inForce("dns")?.endedAt, start)
  await register.close()
  await other.close() // it read again too, and the database goes away with the test
})
