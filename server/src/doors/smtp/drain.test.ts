import assert from "node:assert/strict"
import { test } from "node:test"
import type { Outcome } from "../../flow/index.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"
import { connectPeer } from "./fixtures/peer.ts"
import { openSmtpDoor } from "./index.ts"

test("says 421 to who is idle, lets a message end, and says 421 after it", async context => {
  const { door, receive } = await openDoor(context)
  let keep: (outcome: Outcome) => void = () => undefined
  receive.outcome = () => new Promise(resolve => (keep = resolve))
  const idle = await connectPeer(door.address)
  await idle.reply()
  const busy = await connectPeer(door.address)
  await busy.reply()
  for (const line of ["EHLO x", "MAIL FROM:<>", "RCPT TO:<r@mx.example>", "DATA"]) await busy.say(line)
  const closed = door.close({ graceMs: 60_000 })
  assert.match(await idle.reply(), /^421 4\.3\.2 /)
  idle.end()
  busy.write("x\r\n.\r\n")
  await until(() => receive.messages[0]?.state === "finishing")
  keep({ kind: "kept", id: "1" })
  assert.match(await busy.reply(), /^250 2\.0\.0 Kept as 1/)
  assert.match(await busy.reply(), /^421 4\.3\.2 /)
  busy.end()
  await closed
  await assert.rejects(connectPeer(door.address))
})

test("cuts what is left when the grace is over", async context => {
  const { door, receive, pass } = await openDoor(context)
  const peer = await connectPeer(door.address)
  await peer.reply()
  for (const line of ["EHLO x", "MAIL FROM:<>", "RCPT TO:<r@mx.example>", "DATA"]) await peer.say(line)
  const closed = door.close({ graceMs: 5_000 })
  pass(6_000)
  await closed
  assert.equal(await peer.reply(), "")
  assert.equal(receive.messages[0]?.state, "abandoned")
})

test("rejects where it cannot listen", async context => {
  const { door, receive, log } = await openDoor(context)
  const { createMetrics } = await import("../../ports/metrics.ts")
  const options = { hostname: "mx.example", receive, log, clock: { now: () => 0 } }
  await assert.rejects(
    openSmtpDoor({ ...options, listen: door.address, privacy: testPrivacy, metrics: createMetrics() }),
  )
  await assert.rejects(
    openSmtpDoor({ ...options, listen: "nonsense", privacy: testPrivacy, metrics: createMetrics() }),
  )
})
