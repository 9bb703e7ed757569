import assert from "node:assert/strict"
import { test } from "node:test"
import { createCopyRows } from "./copy-rows.ts"
import { openTestStore } from "./test-store.ts"

test("a store opens, copies rows in and reads them back", async t => {
  const store = await openTestStore(t)
  const rows = createCopyRows("seal_key", ["account_id", "seal_key_id", "generation", "sealed"])
  await store.sql`insert into org (name) values ('o')`
  await store.sql`insert into account (org_id, role) values (1, 'person')`
  for (let id = 1; id <= 3; id++) {
    rows.row()
    rows.int8(1)
    rows.int8(id)
    rows.int4(1)
    rows.bytea(Buffer.alloc(10_000, id), Buffer.from([9]))
  }
  await store.transaction(tx => store.copyIn(tx, rows))
  const back = await store.sql<
    { id: number; sealed: Buffer }[]
  >`select seal_key_id as id, sealed from seal_key order by 1`
  assert.deepEqual(
    back.map(row => row.id),
    [1, 2, 3],
  )
  assert.equal(back[2]?.sealed.length, 10_001)
})
