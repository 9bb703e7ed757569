import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import type { AccountId } from "../../store/ids.ts"
import { StoreError } from "../../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../vaults/open-test-vaults.ts"
import { openTestLedger } from "../ledger/open-test-ledger.ts"
import {
  ChoicesBrokenError,
  choiceDefinitions,
  createSignalHonouring,
  type NewChoice,
  openChoices,
} from "./index.ts"

const yes: NewChoice = {
  choice: "sell-or-share",
  value: "yes",
  by: "person",
  wording: choiceDefinitions["sell-or-share"].wording,
}
const no: NewChoice = { ...yes, value: "no" }

async function openTestChoices(t: TestContext) {
  const house = await openTestVaults(t)
  const asked = { transactions: 0 }
  const store: typeof house.store = {
    ...house.store,
    async transaction(work) {
      asked.transactions += 1
      return await house.store.transaction(work)
    },
  }
  const node = async () => {
    const choices = await openChoices({ ...house, store, ledger: { record: async () => undefined } })
    t.after(() => choices.close())
    return choices
  }
  const makePerson = async () => ({ account: await makeAccount(house, makeHolder()) })
  const { account } = await makePerson()
  /** As who owns the database: whom no right and no row security holds back. */
  const tamper = (sql: string) => house.store.owner.unsafe(sql)
  return { ...house, asked, choices: await node(), node, makePerson, account, tamper }
}

/** The same with the real ledger; to be flushed before the test ends. */
async function openTestChoicesWithLedger(t: TestContext) {
  const house = await openTestLedger(t)
  const choices = await openChoices(house)
  t.after(() => choices.close())
  return { ...house, choices, ...(await house.makePerson()) }
}

test("what nobody has chosen has its default, and every default is no", async t => {
  const { choices, account } = await openTestChoices(t)
  for (const { otherwise } of Object.values(choiceDefinitions)) assert.equal(otherwise, "no")
  assert.equal(await choices.now(account, "sell-or-share"), "no")
  assert.equal(await choices.version(account), 0)
  assert.deepEqual(await choices.history(account), [])
})

test("the newest choice holds, and all of them stay with what was shown, when, by whom and under which policy", async t => {
  const { choices, account, clock } = await openTestChoices(t)
  await choices.chooseNow(account, yes)
  assert.equal(await choices.now(account, "sell-or-share"), "yes")
  await choices.chooseNow(account, { ...no, by: "browser-signal", wording: "other words" })
  assert.equal(await choices.now(account, "sell-or-share"), "no")
  assert.equal(await choices.version(account), 2)
  const at = clock.now()
  assert.deepEqual(await choices.history(account), [
    { ...yes, at, policyVersion: "1" },
    { ...no, by: "browser-signal", wording: "other words", at, policyVersion: "1" },
  ])
})

test("another's choice is another's", async t => {
  const { choices, account, makePerson } = await openTestChoices(t)
  const other = await makePerson()
  await choices.chooseNow(other.account, yes)
  assert.equal(await choices.now(account, "sell-or-share"), "no")
  assert.deepEqual(await choices.history(account), [])
})

test("a choice and its event in the ledger are there together or not at all", async t => {
  const { choices, store, account, ledger } = await openTestChoicesWithLedger(t)
  const failing = store.transaction(async tx => {
    await choices.choose(tx, account, yes)
    throw new RangeError("the action's own")
  })
  await assert.rejects(failing, RangeError)
  assert.deepEqual(await choices.history(account), [])
  assert.equal((await store.sql`select from ledger_detail`).length, 0)
  await choices.chooseNow(account, yes)
  await ledger.flush()
  assert.equal((await store.sql`select from ledger_detail where account_id = ${account}`).length, 1)
  assert.equal(
    (await store.sql`select from ledger_leaf where position(E'\\nchoice\\n'::bytea in data) > 0`).length,
    1,
  )
})

test("the person finds the choice, with its words, in the ledger", async t => {
  const { choices, store, account, holder, signIn, ledger } = await openTestChoicesWithLedger(t)
  await choices.chooseNow(account, yes)
  await ledger.flush()
  const session = await signIn(account, holder)
  const [row] = await store.sql<
    { leaf_hash: Buffer; sealed: Buffer }[]
  >`select leaf_hash, sealed from ledger_detail`
  assert.ok(row !== undefined)
  const detail = session
    .openFromVault("ledger-event", row.leaf_hash.toString("hex"), row.sealed)
    .toString("latin1")
  for (const words of ["sell-or-share", '"value":"yes"', "May this server sell"])
    assert.ok(detail.includes(words), words)
})

test("another node hears of a choice, and so does one that had looked before", async t => {
  const { choices, node, account } = await openTestChoices(t)
  const other = await node()
  assert.equal(await other.now(account, "sell-or-share"), "no")
  assert.equal(other.versionKept(account), 0)
  await choices.chooseNow(account, yes)
  while ((await other.version(account)) === 0) await new Promise(setImmediate)
  assert.equal(await other.now(account, "sell-or-share"), "yes")
})

test("an answer that was on its way while somebody chose is not kept", async t => {
  const { choices, account } = await openTestChoices(t)
  const asking = choices.now(account, "sell-or-share")
  await choices.chooseNow(account, yes)
  await asking
  assert.equal(await choices.now(account, "sell-or-share"), "yes")
})

test("choices of one account that race come one after another", async t => {
  const { choices, account } = await openTestChoices(t)
  await Promise.all(Array.from({ length: 6 }, (_, at) => choices.chooseNow(account, at % 2 === 0 ? yes : no)))
  assert.equal((await choices.history(account)).length, 6)
  assert.equal(await choices.version(account), 6)
})

const attacks: Readonly<Record<string, string>> = {
  "a no made a yes": "update choice set value = 'yes' where version = 1",
  "other words": "update choice set wording = 'whatever you like' where version = 2",
  "another day": "update choice set made_at = made_at - interval '1 day' where version = 2",
  "another who": "update choice set made_by = 'browser-signal' where version = 2",
  "another policy": "update choice set policy_version = 0 where version = 2",
  "another number": "update choice set version = 3 where version = 2",
  "a row of another's":
    "update choice set mac = (select mac from choice order by account_id desc, version limit 1)",
  "a row taken out": "delete from choice where version = 1",
}
for (const [what, sql] of Object.entries(attacks))
  test(`${what}, by somebody who can write to the database, is nobody's choice`, async t => {
    const { choices, account, makePerson, node, tamper } = await openTestChoices(t)
    const other = await makePerson()
    await choices.chooseNow(account, no)
    await choices.chooseNow(account, no)
    await choices.chooseNow(other.account, yes)
    await tamper(sql)
    const fresh = await node()
    await assert.rejects(fresh.history(account), ChoicesBrokenError)
    if (what !== "a no made a yes")
      await assert.rejects(fresh.now(account, "sell-or-share"), ChoicesBrokenError)
    else assert.equal(await fresh.now(account, "sell-or-share"), "no")
  })

test("the server's own role can neither change a choice nor remove one, nor see those of others", async t => {
  const { choices, store, account, makePerson } = await openTestChoices(t)
  const other = await makePerson()
  await choices.chooseNow(account, no)
  await choices.chooseNow(other.account, no)
  const forbidden = (error: unknown) => error instanceof StoreError && error.code === "42501"
  await assert.rejects(async () => store.sql`update choice set value = 'yes'`, forbidden)
  await assert.rejects(async () => store.sql`delete from choice`, forbidden)
  assert.equal((await store.sql`select from choice`).length, 0)
  const seen = await store.transaction(async tx => {
    await tx`select set_config('letterkeep.account', ${String(account)}, true)`
    return await tx<{ account: AccountId }[]>`select account_id as account from choice`
  })
  assert.deepEqual(
    seen.map(row => row.account),
    [account],
  )
  const asSomebodyElse = store.transaction(async tx => {
    await tx`select set_config('letterkeep.account', ${String(account)}, true)`
    await tx`insert into choice select account_id, 9, choice, value, made_by, policy_version, wording, made_at, mac
      from (values (${other.account}::bigint, 'x', 'no', 'person', 1, 'w', now(), ''::bytea))
        as v (account_id, choice, value, made_by, policy_version, wording, made_at, mac)`
  })
  await assert.rejects(asSomebodyElse, forbidden)
})

test("choices go with their account", async t => {
  const { choices, store, account } = await openTestChoices(t)
  await choices.chooseNow(account, no)
  await store.sql`delete from account where account_id = ${account}`
  assert.equal((await store.owner`select from choice`).length, 0)
})

test("a browser's signal is a no, written once", async t => {
  const { choices, account, log } = await openTestChoices(t)
  const honourSignal = createSignalHonouring(choices, log)
  await honourSignal(account)
  await honourSignal(account)
  const history = await choices.history(account)
  assert.deepEqual(
    history.map(made => [made.value, made.by]),
    [["no", "browser-signal"]],
  )
  await choices.chooseNow(account, yes)
  await honourSignal(account)
  assert.equal(await choices.now(account, "sell-or-share"), "no")
})

test("a browser's signal leaves a no of the person's own as it is", async t => {
  const { choices, account, log } = await openTestChoices(t)
  await choices.chooseNow(account, no)
  await createSignalHonouring(choices, log)(account)
  assert.deepEqual(
    (await choices.history(account)).map(made => made.by),
    ["person"],
  )
})

test("signals of one account that come at once write one no, on one node or on two", async t => {
  const { choices, account, log, node } = await openTestChoices(t)
  const honours = [choices, await node()].map(each => createSignalHonouring(each, log))
  await Promise.all([...honours, ...honours].map(honour => honour(account)))
  assert.equal((await choices.history(account)).length, 1)
})

test("a signal of somebody who has said no asks the database for nothing", async t => {
  const { choices, account, log, store, asked } = await openTestChoices(t)
  const honour = createSignalHonouring(choices, log)
  const news = Promise.withResolvers<void>()
  const stop = await store.listen(
    "choices",
    () => news.resolve(),
    () => undefined,
  )
  await honour(account)
  await news.promise
  await stop() // before the store closes
  await honour(account)
  const { transactions } = asked
  assert.ok(transactions > 0)
  for (let request = 0; request < 20; request += 1) await honour(account)
  assert.equal(asked.transactions, transactions)
})

test("whose choices somebody has tampered with goes on being served, nothing is written, and the log says it once", async t => {
  const { choices, account, log, node, tamper, store } = await openTestChoices(t)
  await choices.chooseNow(account, yes)
  await tamper("update choice set wording = 'whatever you like'")
  const honour = createSignalHonouring(await node(), log)
  await honour(account)
  await honour(account)
  assert.equal((await store.owner`select from choice`).length, 1)
  assert.deepEqual(
    log.events.filter(({ name }) => name === "choices.broken").map(({ fields }) => fields),
    [{ account }],
  )
})
