import assert from "node:assert/strict"
import { test } from "node:test"
import type { SecureContext } from "node:tls"
import { testContext } from "../entrance/fixtures/certificate.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"
import { connectPeer } from "./fixtures/peer.ts"

const secureContext = testContext()
const tls = { current: (): SecureContext => secureContext }

test("takes a message inside TLS and says so in the envelope", async context => {
  const { door, receive } = await openDoor(context, { tls })
  const peer = await connectPeer(door.address)
  await peer.reply()
  assert.match(await peer.say("EHLO peer.example"), /STARTTLS/)
  assert.match(await peer.say("STARTTLS"), /^220 /)
  await peer.startTls()
  assert.match(await peer.say("MAIL FROM:<>"), /^503 /)
  const ehlo = await peer.say("EHLO peer.example")
  assert.match(ehlo, /REQUIRETLS/)
  assert.doesNotMatch(ehlo, /STARTTLS/)
  await peer.say("MAIL FROM:<> REQUIRETLS")
  await peer.say("RCPT TO:<r@mx.example>")
  await peer.say("DATA")
  assert.match(await peer.say(`${"x".repeat(900)}\r\n.`), /^250 2\.0\.0 Kept/)
  const envelope = receive.messages[0]?.envelope
  assert.equal(envelope?.protocol, "ESMTPS")
  assert.equal(envelope?.requireTls, true)
  assert.equal(envelope?.tls?.version, "TLSv1.3")
  assert.match(envelope?.tls?.cipher ?? "", /^TLS_/)
  assert.match(await peer.say("QUIT"), /^221 /)
  await peer.closed
  peer.end()
})

test("drops commands that were sent in the clear behind STARTTLS", async context => {
  const { door, receive } = await openDoor(context, { tls })
  const peer = await connectPeer(door.address)
  await peer.reply()
  await peer.say("EHLO peer.example")
  assert.match(await peer.say("STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@peer.example>"), /^220 /)
  await peer.startTls()
  await peer.say("EHLO peer.example")
  assert.match(await peer.say("RCPT TO:<r@mx.example>"), /^503 /)
  assert.equal(receive.messages.length, 0)
  peer.destroy()
})

test("offers no STARTTLS without a certificate, and takes a renewed one without a restart", async context => {
  let current: SecureContext | undefined
  const { door } = await openDoor(context, { tls: { current: () => current } })
  const peer = await connectPeer(door.address)
  await peer.reply()
  assert.doesNotMatch(await peer.say("EHLO peer.example"), /STARTTLS/)
  assert.match(await peer.say("STARTTLS"), /^454 4\.7\.0 /)
  current = secureContext
  assert.match(await peer.say("EHLO peer.example"), /STARTTLS/)
  assert.match(await peer.say("STARTTLS"), /^220 /)
  await peer.startTls()
  assert.match(await peer.say("NOOP"), /^250 /)
  peer.destroy()
})

test("ends a connection whose handshake fails or takes too long", async context => {
  const { door, log, pass } = await openDoor(context, { tls })
  const broken = await connectPeer(door.address)
  await broken.reply()
  await broken.say("STARTTLS")
  broken.write("this is not a handshake\r\n")
  await until(() => log.events.some(({ name }) => name === "smtp.tls-failed"))
  const silent = await connectPeer(door.address)
  await silent.reply()
  await silent.say("STARTTLS")
  pass(120_000)
  await silent.closed
  broken.destroy()
  silent.destroy()
})
