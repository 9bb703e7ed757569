import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import type { Entry } from "./contract.ts"
import { access, openTestLedger, told } from "./open-test-ledger.ts"
import { WAITING_CHANNEL } from "./record.ts"

test("every node hears of an event with its commit, and of none that was undone", async t => {
  const { ledger, store, makePerson } = await openTestLedger(t)
  const { account } = await makePerson()
  const heard = new EventTarget()
  let times = 0
  const stop = await store.listen(
    WAITING_CHANNEL,
    () => {
      times++
      heard.dispatchEvent(new Event("event"))
    },
    () => undefined,
  )
  t.after(stop)
  const entries: readonly Entry[] = [
    [null, told],
    [account, access],
  ]
  for (const entry of entries) {
    const undone = store.transaction(async tx => {
      await ledger.record(tx, ...entry)
      throw new Error("undone")
    })
    await assert.rejects(undone, /undone/)
    const next = once(heard, "event")
    await ledger.recordNow(...entry)
    await next
  }
  assert.equal(times, 2)
})
