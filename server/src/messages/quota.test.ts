import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { type AccountId, asId } from "../store/index.ts"
import { openTestStore } from "../store/test-store.ts"
import { createQuotas, setQuota } from "./quota.ts"

const account = asId<AccountId>(7)

async function openHouse(t: TestContext) {
  const store = await openTestStore(t)
  await store.sql`insert into org (name) values ('o')`
  await store.sql`insert into account (account_id, org_id, role) overriding system value values (7, 1, 'person')`
  await store.sql`insert into mail_state (account_id, used_bytes) values (7, 600)`
  const clock = { at: 0, now: () => clock.at }
  return { store, clock, quotas: createQuotas(store, clock) }
}

test("lets everything in where there is no quota", async t => {
  const { quotas } = await openHouse(t)
  assert.equal(await quotas.hasRoom(account, 1e12), true)
})

test("has room for what is smaller than what is left", async t => {
  const { store, quotas } = await openHouse(t)
  assert.equal(await setQuota(store, account, 1000), true)
  assert.deepEqual(await Promise.all([399, 400, 0].map(bytes => quotas.hasRoom(account, bytes))), [
    true,
    false,
    true,
  ])
})

test("turns even an unsaid size away from a mailbox that is full", async t => {
  const { store, quotas } = await openHouse(t)
  await setQuota(store, account, 600)
  assert.equal(await quotas.hasRoom(account, 0), false)
})

test("counts what lies elsewhere anew each time, and asks for it only where it decides something", async t => {
  const { store, quotas, clock } = await openHouse(t)
  let asked = 0
  const besides = (octets: number) => async () => {
    asked++
    return octets
  }
  assert.equal(await quotas.hasRoom(account, 1, besides(1e12)), true)
  assert.equal(asked, 0)
  await setQuota(store, account, 1000)
  clock.at = 5_000
  assert.equal(await quotas.hasRoom(account, 400, besides(0)), false)
  assert.equal(asked, 0)
  assert.equal(await quotas.hasRoom(account, 100, besides(299)), true)
  assert.equal(await quotas.hasRoom(account, 100, besides(300)), false)
  assert.equal(asked, 2)
})

test("asks again when its answer is five seconds old", async t => {
  const { store, quotas, clock } = await openHouse(t)
  assert.equal(await quotas.hasRoom(account, 1), true)
  await setQuota(store, account, 1)
  clock.at = 4_999
  assert.equal(await quotas.hasRoom(account, 1), true)
  clock.at = 5_000
  assert.equal(await quotas.hasRoom(account, 1), false)
})

test("says that an account which is not there has no quota to set", async t => {
  const { store } = await openHouse(t)
  assert.equal(await setQuota(store, asId<AccountId>(8), 1), false)
})
