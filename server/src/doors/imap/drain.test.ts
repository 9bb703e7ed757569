import assert from "node:assert/strict"
import { test } from "node:test"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"

test("says BYE to who waits or idles, lets a command end, and says BYE after it", async context => {
  const { door, connect, enter, selecting } = await openDoor(context)
  const stranger = await connect()
  const idling = await enter()
  idling.write("a IDLE\r\n")
  await idling.line()
  const busy = await enter()
  await busy.say("SELECT INBOX")
  let go: (() => void) | undefined
  selecting.serve = () =>
    new Promise(resolve => {
      go = () => resolve({ kind: "ok", text: "Checked" })
    })
  busy.write("b CHECK\r\nc NOOP\r\n")
  await until(() => go !== undefined)
  const closed = door.close({ graceMs: 60_000 })
  for (const client of [stranger, idling]) {
    assert.match((await client.line()) ?? "", /^\* BYE The server is going down/)
    client.end()
  }
  go?.()
  assert.equal(await busy.line(), "b OK Checked")
  assert.match((await busy.line()) ?? "", /^\* BYE The server is going down/)
  busy.end()
  await closed
  await assert.rejects(connect())
})

test("cuts what is left when the grace is over", async context => {
  const { door, enter, selecting, time } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  let signal: AbortSignal | undefined
  selecting.serve = (_, __, given) => {
    signal = given
    return new Promise(() => undefined)
  }
  client.write("a CHECK\r\n")
  await until(() => signal !== undefined)
  const closed = door.close({ graceMs: 5_000 })
  time.pass(6_000)
  await closed
  assert.equal(await client.line(), undefined)
  assert.equal(signal?.aborted, true)
})
