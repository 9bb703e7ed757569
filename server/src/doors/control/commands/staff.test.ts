import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { createTellLook } from "../../../flow/index.ts"
import { openTestHouse, password } from "../../../flow/open-test-house.ts"
import { createKeep } from "../../../messages/index.ts"
import { primaryAddress } from "../../../people/index.ts"
import { systemChance } from "../../../ports/chance.ts"
import { systemClock } from "../../../ports/clock.ts"
import { recordingLog } from "../../../ports/log.ts"
import { createStaffAccess, createStaffRegister, mailAddress, secret } from "../../../privacy/index.ts"
import { createRecorder } from "../../../privacy/ledger/index.ts"
import { ControlError, type ControlResult } from "../command.ts"
import { impossibleCommands } from "./impossible.ts"
import { staffCommands } from "./staff.ts"
import { staffChangeCommands } from "./staff-changes.ts"

const reason = "asked by phone how full it is"
const address = "anna@near.test"

async function openOffice(t: TestContext) {
  const house = await openTestHouse(t)
  const { store, vaults, privacy } = house
  const log = recordingLog()
  const outside = { clock: systemClock, chance: systemChance }
  const tell = createTellLook({
    ...house,
    ...outside,
    keep: createKeep(store, vaults, systemChance),
    addressOf: account => primaryAddress(store, account),
    hostname: "mx.near.test",
  })
  const ledger = createRecorder({ store, vaults, log, ...outside })
  const staffRegister = createStaffRegister({ store, vaults, clock: systemClock, log })
  const register = staffRegister
  const staff = createStaffAccess({ privacy, store, ledger, register, tell, log, ...outside })
  await staffRegister.agree({ name: "Rita", fields: undefined, until: systemClock.now() + 86_400_000 })
  const parts = { ...house, staff, staffRegister }
  const commands = [...staffCommands(parts), ...staffChangeCommands(parts), ...impossibleCommands()]
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
  /** How many events the ledger has about each account. */
  const looks = async (): Promise<number> => {
    const [row] = await store.sql<{ n: number }[]>`select count(*)::int as n from ledger_detail`
    return row?.n ?? 0
  }
  return { ...house, log, ask, looks }
}

const isRefusal = (expected: RegExp) => (error: unknown) =>
  error instanceof ControlError && expected.test(error.message) && !error.message.includes("near.test")

/** What an operator may set up for a person, and the command that the person is told. */
const changes = [
  ["rule.add", { address, action: "block", pattern: "@evil.test" }],
  ["alias.add", { alias: "a.n@near.test", address }],
  ["account.quota", { address, size: "10GB" }],
] as const
const typed = [
  "rule add anna@near.test block @evil.test",
  "alias add a.n@near.test anna@near.test",
  "account quota anna@near.test 10GB",
]

test("without a reason that says something, nothing is shown, written or told", async t => {
  const { ask, looks, mailOf } = await openOffice(t)
  for (const [name, input] of [
    ["account.list", {}],
    ["account.show", { address }],
    ["account.reset", { address, password: "another long password" }],
    ...changes,
  ] as const) {
    await assert.rejects(ask(name, input), isRefusal(/--reason/), name)
    await assert.rejects(ask(name, { ...input, reason: "because" }), isRefusal(/a few words/), name)
  }
  assert.deepEqual([await looks(), await mailOf("anna")], [0, []])
})

test("shows addresses, sign-ins and sizes for a reason; the ledger has it, and the inbox tells the reason", async t => {
  const { ask, looks, mailOf, deliver, people } = await openOffice(t)
  await deliver("Subject: a secret\r\n\r\nnobody else reads this\r\n", "anna")
  await people.addAlias(mailAddress("a.n@near.test"), mailAddress(address))
  const { text, value } = await ask("account.show", { address, reason })
  assert.match(text, /address {4}anna@near\.test\nalias {6}a\.n@near\.test\nmail {7}\d+ messages/)
  assert.doesNotMatch(JSON.stringify([text, value]), /secret|nobody else/)
  assert.equal(await looks(), 1)
  const told = (await mailOf("anna")).find(mail => mail.body.includes("An administrator looked"))
  assert.match(told?.body ?? "", /"account show".*- your addresses\r\n.*> asked by phone how full it is\r\n/s)
  assert.deepEqual(await mailOf("ben"), [])
})

test("a list tells each person on it, once a day, and pages by itself", async t => {
  const { ask, looks, mailOf } = await openOffice(t)
  const { value, text } = await ask("account.list", { reason })
  assert.match(text, /anna@near\.test .*\n.*ben@near\.test/)
  await ask("account.list", { reason, after: "0" })
  const told = await Promise.all(["anna", "ben"].map(mailOf))
  assert.deepEqual(
    told.map(mail => mail.length),
    [1, 1],
  )
  assert.equal(await looks(), 4)
  const { accounts } = value as { accounts: readonly { account: number }[] }
  assert.equal(
    (await ask("account.list", { reason, after: accounts.at(-1)?.account })).text,
    "there is nobody here",
  )
})

test("who has no address any more is told all the same", async t => {
  const { ask, store } = await openOffice(t)
  await store.owner`delete from address where address = ${address}`
  await ask("account.list", { reason })
  const [kept] = await store.sql<{ mails: number; accounts: number }[]>`
    select count(*)::int as mails, count(distinct account_id)::int as accounts from email`
  assert.deepEqual({ ...kept }, { mails: 2, accounts: 2 })
})

test("shows nothing where the ledger does not take the look", async t => {
  const { ask, store, mailOf } = await openOffice(t)
  await store.owner`alter table ledger_detail add check (account_id < 0) not valid`
  await assert.rejects(ask("account.show", { address, reason }))
  await assert.rejects(ask("account.list", { reason }))
  assert.deepEqual(await mailOf("anna"), [])
})

test("a reset is told with its reason, in mail that the new password opens", async t => {
  const { ask, people, looks, store, mailOf } = await openOffice(t)
  const next = "another long password"
  const { text } = await ask("account.reset", {
    address,
    password: next,
    reason: "lost it, came with her passport",
  })
  assert.match(text, /set a new password for anna@near\.test; the person is told/)
  assert.equal(await looks(), 1)
  const again = await people.changePassword(mailAddress(address), secret(next), secret(password))
  assert.equal(again.kind, "changed")
  assert.match((await mailOf("anna"))[0]?.body ?? "", /> lost it, came with her passport/)
  const [row] = await store.sql<{ generation: number }[]>`
    select max(generation) as generation from vault join address using (account_id) where address = ${address}`
  assert.equal(row?.generation, 2)
})

test("what somebody sets up for a person is in their ledger and told, with the name and the reason", async t => {
  const { ask, looks, mailOf, store } = await openOffice(t)
  for (const [at, [name, input]] of changes.entries()) {
    const { text } = await ask(name, { ...input, reason })
    assert.match(text, /; the person is told$/)
    assert.equal(await looks(), at + 1)
  }
  const told = (await mailOf("anna")).map(mail => mail.body)
  for (const command of typed)
    assert.ok(
      told.some(
        body =>
          body.includes("An administrator changed your account") &&
          body.includes(`"${command}"`) &&
          body.includes(`> ${reason}`) &&
          body.includes("  Rita\r\n"),
      ),
      command,
    )
  assert.equal(told.length, changes.length)
  const [kept] = await store.sql<{ quota: number; rules: number; addresses: number }[]>`
    select (select max(quota_bytes) from mail_state) as quota, (select count(*)::int from sender_rule) as rules,
           (select count(*)::int from address where address = 'a.n@near.test') as addresses`
  assert.deepEqual({ ...kept }, { quota: 10_000_000_000, rules: 1, addresses: 1 })
})

test("nothing is changed by nobody who is bound, or where the ledger does not take it", async t => {
  const { ask, looks, store, mailOf } = await openOffice(t)
  for (const [name, input] of changes)
    await assert.rejects(ask(name, { ...input, reason, by: "Sam" }), isRefusal(/without an agreement/), name)
  await store.owner`alter table ledger_detail add check (account_id < 0) not valid`
  for (const [name, input] of changes) await assert.rejects(ask(name, { ...input, reason }), name)
  const [kept] = await store.sql<{ quota: number | null; rules: number; addresses: number }[]>`
    select (select max(quota_bytes) from mail_state) as quota, (select count(*)::int from sender_rule) as rules,
           (select count(*)::int from address where address = 'a.n@near.test') as addresses`
  assert.deepEqual({ ...kept }, { quota: null, rules: 0, addresses: 0 })
  assert.deepEqual([await looks(), await mailOf("anna")], [0, []])
})

test("each of several resets on a day is told, where the command says so", async t => {
  const { ask, store } = await openOffice(t)
  const mails = async () => {
    const [row] = await store.sql<{ count: number }[]>`
      select count(*)::int as count from email join address using (account_id) where address = ${address}`
    return row?.count
  }
  for (let at = 1; at <= 3; at++) {
    const { text } = await ask("account.reset", { address, password: `another long password ${at}`, reason })
    assert.match(text, /; the person is told$/m)
    assert.equal(await mails(), at)
  }
})

test("a reset that was done gives the new code where the inbox takes no message, and says that nobody was told", async t => {
  const { ask, people, looks, store, log } = await openOffice(t)
  await store.owner`alter table email add check (account_id < 0) not valid`
  const next = "another long password"
  const { text, value } = await ask("account.reset", { address, password: next, reason })
  assert.match(text, /^set a new password for anna@near\.test\nThe person could not be told by mail/)
  const { recoveryCode, isTold } = value as { recoveryCode: string; isTold: boolean }
  assert.ok(text.includes(`recovery code: ${recoveryCode}\n`))
  assert.equal(isTold, false)
  assert.equal(await looks(), 1)
  assert.deepEqual(
    log.events.map(event => event.name),
    ["staff.agreed", "staff.person-not-told"],
  )
  const recovered = await people.recover(mailAddress(address), secret(recoveryCode), secret(password))
  assert.equal(recovered.kind, "recovered")
})

test("says of what nobody but the person can do that it cannot be done, and what can", async t => {
  const { ask, looks } = await openOffice(t)
  await assert.rejects(ask("mail.show", { address }), isRefusal(/cannot be done.*read ADDRESS/s))
  await assert.rejects(
    ask("account.export", { address }),
    isRefusal(/cannot be done.*--raw.*account recover/s),
  )
  assert.equal(await looks(), 0)
})
