import assert from "node:assert/strict"
import { test } from "node:test"
import { changesChannel } from "../messages/index.ts"
import { type AccountId, asId } from "../store/ids.ts"
import { startTelling } from "./index.ts"

/** The store's notifications, by hand. */
function manualChannel() {
  const held: { payload: (text: string) => void; reconnect: () => void; stopped: boolean } = {
    payload: () => assert.fail("nobody listens"),
    reconnect: () => assert.fail("nobody listens"),
    stopped: false,
  }
  const store = {
    async listen(channel: string, onPayload: (text: string) => void, onReconnect: () => void) {
      assert.equal(channel, changesChannel)
      held.payload = onPayload
      held.reconnect = onReconnect
      return async () => {
        held.stopped = true
      }
    },
  }
  return { store, held }
}

const anna = asId<AccountId>(1)
const ben = asId<AccountId>(2)

test("wakes those whom a change concerns, and nobody else", async () => {
  const { store, held } = manualChannel()
  const telling = await startTelling(store)
  const heard: string[] = []
  telling.onChange(anna, modseq => heard.push(`anna ${modseq}`))
  const stop = telling.onChange(anna, modseq => heard.push(`anna too ${modseq}`))
  telling.onChange(ben, modseq => heard.push(`ben ${modseq}`))
  held.payload("1:7,3:9,not a pair")
  stop()
  held.payload("2:8,1:10")
  assert.deepEqual(heard, ["anna 7", "anna too 7", "ben 8", "anna 10"])
})

test("tells all to look again when notifications may have been missed", async () => {
  const { store, held } = manualChannel()
  const telling = await startTelling(store)
  const heard: unknown[] = []
  telling.onChange(anna, modseq => heard.push(modseq))
  telling.onChange(ben, modseq => heard.push(modseq))
  held.reconnect()
  assert.deepEqual(heard, [undefined, undefined])
  await telling.close()
  assert.equal(held.stopped, true)
})
