import assert from "node:assert/strict"
import { test } from "node:test"
import { minute, openTestQueue } from "../../../sending/queue/open-test-queue.ts"
import { examineQueue } from "./queue.ts"

test("what is held wants a look; what waits does not", async t => {
  const { store, put, addAccount } = await openTestQueue(t)
  const anna = await addAccount()
  assert.match((await examineQueue(store)).says, /nothing waits/)
  await put(anna, { more: { notBefore: Date.now() + 24 * 60 * minute } })
  assert.match((await examineQueue(store)).says, /all that waits is to be sent later/)
  const mail = await put(anna, { to: ["carla@far.test", "dora@far.test"] })
  await put(anna)
  assert.equal((await examineQueue(store)).state, "well")
  await store.sql`update queued_recipient set held = true where mail_id = ${mail}`
  const { state, says, todo } = await examineQueue(store)
  assert.equal(state, "look")
  assert.match(says, /^2 recipients are held/)
  assert.match(todo ?? "", /queue list/)
})
