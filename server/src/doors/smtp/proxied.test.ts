import assert from "node:assert/strict"
import { test } from "node:test"
import { opened } from "../../privacy/test-privacy.ts"
import { openDoor } from "./fixtures/open-door.ts"
import { connectPeer } from "./fixtures/peer.ts"

const signature = "0d0a0d0a000d0a515549540a"
const from = (ip: string): Buffer => {
  const octets = Buffer.from(ip.split(".").map(Number)).toString("hex")
  return Buffer.from(`${signature}2111000c${octets}7f000001d9030019`, "hex")
}

test("takes the peer from the PROXY header of a configured balancer, and counts it as the source", async context => {
  const settings = { proxyFrom: ["127.0.0.1"], limits: { connectionsPerSource: 1 } }
  const { door, receive } = await openDoor(context, settings)
  const peer = await connectPeer(door.address)
  peer.write(Buffer.concat([from("192.0.2.9"), Buffer.alloc(0)]))
  assert.match(await peer.reply(), /^220 /)
  await peer.say("EHLO x")
  await peer.say("MAIL FROM:<>")
  await peer.say("RCPT TO:<r@mx.example>")
  await peer.say("DATA")
  assert.match(await peer.say("x\r\n."), /^250 /)
  const { ip, port } = receive.messages[0]?.envelope.source ?? assert.fail()
  assert.deepEqual([opened(ip), port], ["192.0.2.9", 0xd903])
  const same = await connectPeer(door.address)
  same.write(from("192.0.2.9"))
  assert.match(await same.reply(), /^421 4\.7\.0 /)
  const other = await connectPeer(door.address)
  other.write(from("192.0.2.10"))
  assert.match(await other.reply(), /^220 /)
  for (const each of [peer, same, other]) each.destroy()
})

test("waits for the whole header, in whatever pieces", async context => {
  const { door } = await openDoor(context, { proxyFrom: ["127.0.0.0/8"] })
  const peer = await connectPeer(door.address)
  for (const octet of from("192.0.2.9")) {
    peer.write(Buffer.of(octet))
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.match(await peer.reply(), /^220 /)
  peer.destroy()
})

test("ends a balancer's connection without a header, with a bad one, and with none in time", async context => {
  const { door, pass } = await openDoor(context, { proxyFrom: ["127.0.0.1"] })
  const plain = await connectPeer(door.address)
  plain.write("EHLO x\r\n")
  assert.equal(await plain.reply(), "")
  const first = await connectPeer(door.address)
  first.write("PROXY TCP4 192.0.2.9 127.0.0.1 55555 25\r\n")
  assert.equal(await first.reply(), "")
  const silent = await connectPeer(door.address)
  // A whole dialogue of another peer: when it is over, the silent one has been seen by the door.
  const other = await connectPeer(door.address)
  other.write(from("192.0.2.9"))
  assert.match(await other.reply(), /^220 /)
  pass(12_000)
  assert.equal(await silent.reply(), "")
  for (const each of [plain, first, silent, other]) each.destroy()
})

test("takes a header from nobody else: it is an unknown command", async context => {
  const { door } = await openDoor(context, { proxyFrom: ["127.0.0.2"] })
  const peer = await connectPeer(door.address)
  assert.match(await peer.reply(), /^220 /)
  peer.write(from("192.0.2.9"))
  assert.match(await peer.reply(), /^500 /)
  peer.destroy()
})
