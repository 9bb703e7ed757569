import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { systemChance } from "../ports/chance.ts"
import { asId, type OrgId } from "../store/ids.ts"
import { openTestStore } from "../store/test-store.ts"
import { leaseMaildrop } from "./maildrop-lease.ts"

async function open(t: TestContext) {
  const store = await openTestStore(t)
  const [org] = await store.sql<{ org_id: OrgId }[]>`insert into org (name) values ('test') returning org_id`
  for (const account of [1, 2]) {
    await store.sql`insert into account (account_id, org_id, role) overriding system value
      values (${account}, ${org?.org_id ?? 0}, 'person')`
  }
  return { store, take: (account: number) => leaseMaildrop({ store, chance: systemChance }, asId(account)) }
}

test("is one program's at a time, for each account, and free again when it is given back", async t => {
  const { take } = await open(t)
  const first = await take(1)
  assert(first)
  assert.equal(await take(1), undefined)
  assert((await take(2)) !== undefined)
  assert.equal(await first.renew(), true)
  await first.release()
  assert((await take(1)) !== undefined)
})

test("is one program's alone though many ask at once", async t => {
  const { take } = await open(t)
  const taken = await Promise.all(Array.from({ length: 12 }, () => take(1)))
  assert.equal(taken.filter(lease => lease !== undefined).length, 1)
})

test("comes free when its holder does not renew it, who hears of that and takes nothing from the next", async t => {
  const { store, take } = await open(t)
  const vanished = await take(1)
  assert(vanished)
  await store.sql`update maildrop_lease set ends_at = now()`
  const next = await take(1)
  assert(next)
  assert.equal(await vanished.renew(), false)
  await vanished.release()
  assert.equal(await next.renew(), true)
  assert.equal(await take(1), undefined)
})
