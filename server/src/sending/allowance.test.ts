import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import type { AccountId, Store } from "../store/index.ts"
import { makeAccount, makeHolder, openTestVaults } from "../vaults/open-test-vaults.ts"
import { createAllowance, OverAllowanceError } from "./allowance.ts"

const second = 1000
const day = 24 * 60 * 60 * second

async function open(t: TestContext, perDay: number) {
  const house = await openTestVaults(t)
  const { store } = house
  let now = Date.UTC(2026, 2, 4, 12)
  const clock = { now: () => now }
  const node = () => createAllowance({ store, clock, perDay })
  return {
    store,
    node,
    addAccount: () => makeAccount(house, makeHolder()),
    pass: (ms: number) => {
      now += ms
    },
  }
}

const take = (
  { store, by }: { readonly store: Store; readonly by: ReturnType<typeof createAllowance> },
  ...recipients: readonly (readonly [AccountId, number])[]
) => store.transaction(tx => by.take(tx, new Map(recipients)))

test("counts what several accounts send at once, and lets all of it go or none", async t => {
  const { store, node, addAccount } = await open(t, 10)
  const [anna, ben] = [await addAccount(), await addAccount()]
  const by = node()
  await take({ store, by }, [anna, 7], [ben, 10])
  assert.equal((await by.left(anna)).left, 3)
  assert.equal((await by.left(ben)).left, 0)
  await assert.rejects(take({ store, by }, [anna, 1], [ben, 1]), OverAllowanceError)
  await assert.rejects(take({ store, by }, [anna, 4]), OverAllowanceError)
  assert.equal((await node().left(anna)).left, 3)
  await take({ store, by }, [anna, 3])
  assert.equal((await node().left(anna)).left, 0)
})

test("lets nobody send more at once than in a day, and begins anew with the next", async t => {
  const { store, node, addAccount, pass } = await open(t, 10)
  const anna = await addAccount()
  const by = node()
  await assert.rejects(take({ store, by }, [anna, 11]), OverAllowanceError)
  await take({ store, by }, [anna, 10])
  assert.deepEqual(await by.left(anna), { left: 0, seconds: 12 * 60 * 60 })
  pass(day / 2)
  assert.deepEqual(await by.left(anna), { left: 10, seconds: 24 * 60 * 60 })
  await take({ store, by }, [anna, 10])
  assert.equal((await by.left(anna)).left, 0)
})

test("what another node let go is heard of within seconds, and never sent twice", async t => {
  const { store, node, addAccount, pass } = await open(t, 10)
  const anna = await addAccount()
  const [one, other] = [node(), node()]
  assert.equal((await one.left(anna)).left, 10)
  await take({ store, by: other }, [anna, 10])
  await assert.rejects(take({ store, by: one }, [anna, 1]), OverAllowanceError)
  pass(5 * second)
  assert.equal((await one.left(anna)).left, 0)
})

test("what was undone is not counted", async t => {
  const { store, node, addAccount } = await open(t, 10)
  const anna = await addAccount()
  const by = node()
  const undone = store.transaction(async tx => {
    await by.take(tx, new Map([[anna, 10]]))
    throw new Error("undone")
  })
  await assert.rejects(undone)
  assert.equal((await by.left(anna)).left, 10)
  await take({ store, by }, [anna, 10])
})
