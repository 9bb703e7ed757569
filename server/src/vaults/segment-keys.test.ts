import assert from "node:assert/strict"
import { test } from "node:test"
import { EPOCH_GRACE_MS, EPOCH_LIFE_MS, openPage, type SegmentKey, sealPage } from "./index.ts"
import { makeAccount, makeHolder, openTestVaults } from "./open-test-vaults.ts"

async function openHouse(t: Parameters<typeof openTestVaults>[0]) {
  const house = await openTestVaults(t)
  const holder = makeHolder()
  const account = await makeAccount(house, holder)
  const enter = async (by = holder) => {
    const session = house.vaults.openSession(account, await house.vaults.openWraps(account, by))
    t.after(() => session.close())
    return session
  }
  const keep = async (): Promise<SegmentKey> => {
    const made = house.vaults.makeSegmentKey()
    await house.store.transaction(tx => house.vaults.keepSegmentKey(tx, account, made))
    return made
  }
  return { ...house, account, enter, keep }
}

test("a segment's key opens in a live session of its account, and its pages with it", async t => {
  const { account, enter, keep } = await openHouse(t)
  const made = await keep()
  const place = { account, segment: made.id, kind: 1, no: 0 }
  const sealed = sealPage(made.key, place, Buffer.from("words"))
  const keys = await (await enter()).segmentKeys([made.id, 5])
  const opened = keys.get(made.id)
  assert.equal(keys.size, 1)
  assert.ok(opened?.kind === "open")
  assert.equal(openPage(opened.key, place, sealed).toString(), "words")
})

test("a session that has ended opens no segment", async t => {
  const { enter, keep } = await openHouse(t)
  const made = await keep()
  const session = await enter()
  session.close()
  await assert.rejects(session.segmentKeys([made.id]), { code: "session-closed" })
})

test("segments of a generation that the sign-in does not open, altered keys and dropped ones stay shut", async t => {
  const { store, vaults, account, enter, keep } = await openHouse(t)
  const [old, moved, dropped] = [await keep(), await keep(), await keep()]
  const later = makeHolder(2)
  await store.transaction(async tx =>
    vaults.addWraps(tx, account, later, [await vaults.newGeneration(tx, account)]),
  )
  vaults.generationBegan(account)
  const made = await keep()
  const ids = [old, moved, dropped, made].map(({ id }) => id)
  const kinds = async (by?: typeof later) => {
    const keys = await (await enter(by)).segmentKeys(ids)
    return ids.map(id => keys.get(id)?.kind)
  }
  assert.deepEqual(await kinds(later), ["closed", "closed", "closed", "open"])
  await store.sql`update segment_key set data = (select data from segment_key where segment_id = ${old.id})
    where segment_id = ${moved.id}`
  await store.transaction(tx => vaults.dropSegmentKeys(tx, account, [dropped.id]))
  assert.deepEqual(await kinds(), ["open", "altered", undefined, "closed"])
})

test("segment keys move with the epochs, and an epoch does not end while one uses it", async t => {
  const { store, vaults, clock, account, enter, keep } = await openHouse(t)
  const [made, broken] = [await keep(), await keep()]
  await store.sql`update segment_key set data = data || '\\x00'::bytea where segment_id = ${broken.id}`
  clock.at += EPOCH_LIFE_MS
  const work = await vaults.rotateEpochIfDue()
  assert.deepEqual([work.rewrapped, work.stuck], [2, 1])
  const [row] = await store.sql<{ epoch: number }[]>`
    select epoch from segment_key where segment_id = ${made.id}`
  assert.equal(row?.epoch, 2)
  assert.equal((await (await enter()).segmentKeys([made.id])).get(made.id)?.kind, "open")
  clock.at += EPOCH_GRACE_MS
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [])
  await store.transaction(tx => vaults.dropSegmentKeys(tx, account, [broken.id]))
  assert.deepEqual((await vaults.rotateEpochIfDue()).ended, [1])
  assert.equal((await (await enter()).segmentKeys([made.id])).get(made.id)?.kind, "open")
})
