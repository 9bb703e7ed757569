import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { until } from "../entrance/fixtures/until.ts"
import { type OpenDoor, openDoor } from "./fixtures/open-door.ts"
import { connectPeer, type Peer } from "./fixtures/peer.ts"
import { defaultSmtpDoorLimits } from "./limits.ts"

async function greeted(address: string, localAddress?: string): Promise<Peer> {
  const peer = await connectPeer(address, localAddress === undefined ? {} : { localAddress })
  assert.match(await peer.reply(), /^220 /)
  return peer
}

type Events = readonly { name: string; fields: { readonly [field: string]: unknown } }[]
const whysOf = (events: Events, of: string): unknown[] =>
  events.filter(({ name }) => name === of).map(({ fields }) => fields.why)
const abuses = (events: Events): unknown[] => whysOf(events, "smtp.abused")
const refusals = (events: Events): unknown[] => whysOf(events, "smtp.refused-connection")

test("refuses connections beyond the limit of one source, and lets others in", async context => {
  const { door, log } = await openDoor(context, { limits: { connectionsPerSource: 2 } })
  const first = await greeted(door.address)
  const second = await greeted(door.address)
  const third = await connectPeer(door.address)
  assert.match(await third.reply(), /^421 4\.7\.0 /)
  await third.closed
  assert.deepEqual(refusals(log.events), ["too-many-from-source"])
  const other = await greeted(door.address, "127.0.0.2")
  first.destroy()
  await until(() => log.events.some(({ name }) => name === "smtp.closed"))
  const again = await greeted(door.address)
  for (const peer of [second, third, other, again]) peer.destroy()
})

test("refuses connections beyond the limit of all", async context => {
  const { door } = await openDoor(context, { limits: { connections: 1 } })
  const first = await greeted(door.address)
  const second = await connectPeer(door.address, { localAddress: "127.0.0.2" })
  assert.match(await second.reply(), /^421 4\.3\.2 /)
  first.destroy()
  second.destroy()
})

test("refuses a source that connects too often, until a while has passed", async context => {
  const { door, pass, log } = await openDoor(context, { limits: { newPerMinute: 2 } })
  const peers = [await greeted(door.address), await greeted(door.address)]
  const third = await connectPeer(door.address)
  assert.match(await third.reply(), /^421 4\.7\.0 /)
  assert.deepEqual(refusals(log.events), ["too-fast"])
  pass(30_000)
  peers.push(await greeted(door.address), third)
  for (const peer of peers) peer.destroy()
})

test("neither counts nor slows who is trusted", async context => {
  const limits = { connectionsPerSource: 1, newPerMinute: 1, patience: 0 }
  const { door, delays, receive } = await openDoor(context, { limits, trustedFrom: ["127.0.0.0/8"] })
  receive.answers.set("u@mx.example", "unknown")
  const peers = [await greeted(door.address), await greeted(door.address)]
  await peers[1]?.say("EHLO x")
  await peers[1]?.say("MAIL FROM:<>")
  assert.match((await peers[1]?.say("RCPT TO:<u@mx.example>")) ?? "", /^550 /)
  assert.deepEqual(delays(), [])
  for (const peer of peers) peer.destroy()
})

test("slows a source that asks for unknown recipients, more and more, and its next greeting", async context => {
  const limits = { patience: 1, delayPerMarkMs: 1_000, longestDelayMs: 2_500 }
  const { door, receive, delays, pass } = await openDoor(context, { limits })
  receive.answers.set("u@mx.example", "unknown")
  const peer = await greeted(door.address)
  await peer.say("EHLO x")
  await peer.say("MAIL FROM:<>")
  assert.match(await peer.say("RCPT TO:<u@mx.example>"), /^550 /)
  for (const ms of [1_000, 2_000, 2_500]) {
    const reply = peer.say("RCPT TO:<u@mx.example>")
    await until(() => delays().length === 1)
    const [delay] = delays()
    assert.ok(delay !== undefined && delay <= ms && delay > ms - 250, `${delay} for ${ms}`)
    pass(ms)
    assert.match(await reply, /^550 /)
  }
  assert.match(await peer.say("NOOP"), /^250 /)
  const next = await connectPeer(door.address)
  await until(() => delays().length === 1)
  pass(3_000)
  assert.match(await next.reply(), /^220 /)
  peer.destroy()
  next.destroy()
})

test("turns away an early talker of a source with bad marks", async context => {
  const { door, log, delays } = await openDoor(context, { limits: { patience: 0 } })
  const peer = await greeted(door.address)
  peer.write("XYZZY\r\n")
  await until(() => delays().length === 1)
  const early = await connectPeer(door.address)
  early.write("EHLO x\r\n")
  assert.match(await early.reply(), /^554 5\.5\.1 /)
  await early.closed
  assert.deepEqual(abuses(log.events), ["early-talker"])
  peer.destroy()
  early.destroy()
})

test("slows a source whose message is too big", async context => {
  const protocol = { ...defaultSmtpDoorLimits.protocol, messageBytes: 1_000 }
  const { door, delays, pass } = await openDoor(context, { limits: { patience: 0, protocol } })
  const peer = await greeted(door.address)
  await inData(peer)
  peer.write(`${"x".repeat(1_200)}\r\n.\r\n`)
  await until(() => delays().length === 1)
  pass(1_000)
  assert.match(await peer.reply(), /^552 5\.3\.4 /)
  peer.destroy()
})

test("ends a peer that sends more than may be dropped, and slows its source", async context => {
  const protocol = { ...defaultSmtpDoorLimits.protocol, messageBytes: 1_000, swallowedBytes: 2_000 }
  const { door, delays, pass, log } = await openDoor(context, { limits: { patience: 0, protocol } })
  const late = async (): Promise<void> => {
    await until(() => delays().length === 1)
    pass(1_000)
  }
  const chunk = await greeted(door.address)
  chunk.write("BDAT 999999999999999\r\n")
  await late()
  assert.match(await chunk.reply(), /^421 4\.7\.0 /)
  await chunk.closed
  assert.deepEqual(abuses(log.events), ["too-many-octets"])
  const next = await connectPeer(door.address)
  await late()
  assert.match(await next.reply(), /^220 /)

  const text = await greeted(door.address, "127.0.0.2")
  await inData(text)
  text.write(`${"x".repeat(998)}\r\n`.repeat(3))
  await late()
  assert.match(await text.reply(), /^421 4\.7\.0 /)
  await text.closed
  for (const peer of [chunk, next, text]) peer.destroy()
})

test("forgets bad marks as time goes by", async context => {
  const limits = { patience: 1.5, markHalfLifeMs: 10_000 }
  const { door, delays, pass } = await openDoor(context, { limits })
  const peer = await greeted(door.address)
  await peer.say("XYZZY")
  pass(30_000)
  await peer.say("XYZZY")
  assert.deepEqual(delays(), [])
  peer.destroy()
})

test("says 421 to who does not speak, before and after the greeting", async context => {
  const limits = { greetingMs: 10_000, commandMs: 60_000 }
  const { door, pass } = await openDoor(context, { limits })
  const silent = await greeted(door.address)
  const known = await greeted(door.address)
  await known.say("EHLO x")
  pass(12_000)
  assert.match(await silent.reply(), /^421 4\.4\.2 /)
  await silent.closed
  assert.match(await known.say("NOOP"), /^250 /)
  pass(62_000)
  assert.match(await known.reply(), /^421 4\.4\.2 /)
  await known.closed
  silent.destroy()
  known.destroy()
})

/** Writes `text` an octet at a time, a minute less a second apart, until the door has had enough. */
async function drip(peer: Peer, text: string, { door, pass, log }: OpenDoor): Promise<number> {
  const hasEnded = (): boolean => log.events.some(({ name }) => name === "smtp.closed")
  const other = await greeted(door.address, "127.0.0.2")
  await other.say("EHLO other.example")
  let octets = 0
  for (const octet of text) {
    peer.write(octet)
    octets += 1
    // Two round trips of another peer: the octet has been read by then.
    await other.say("NOOP")
    await other.say("NOOP")
    pass(59_000)
    for (let turns = 0; turns < 100 && !hasEnded(); turns += 1) await setImmediate()
    if (hasEnded()) break
  }
  other.destroy()
  return octets
}

test("waits no longer for the first EHLO because octets of it come", async context => {
  const open = await openDoor(context, { limits: { greetingMs: 60_000 } })
  const peer = await greeted(open.door.address)
  assert.equal(await drip(peer, "EHLO peer.example", open), 2)
  assert.match(await peer.reply(), /^421 4\.4\.2 /)
  peer.destroy()
})

test("waits no longer for the first EHLO because other commands come", async context => {
  const { door, pass } = await openDoor(context, { limits: { greetingMs: 60_000 } })
  const peer = await greeted(door.address)
  for (let at = 0; at < 2; at += 1) {
    assert.match(await peer.say("NOOP"), /^250 /)
    pass(25_000)
  }
  assert.match(await peer.say("NOOP"), /^250 /)
  pass(12_000)
  assert.match(await peer.say("NOOP"), /^421 4\.4\.2 /)
  peer.destroy()
})

test("waits no longer for a command because octets of it come", async context => {
  const open = await openDoor(context, { limits: { commandMs: 60_000 } })
  const peer = await greeted(open.door.address)
  assert.match(await peer.say("EHLO peer.example"), /^250-/)
  assert.equal(await drip(peer, "MAIL FROM:<>", open), 2)
  assert.match(await peer.reply(), /^421 4\.4\.2 /)
  peer.destroy()
})

test("gives a command its whole time after a message that took long", async context => {
  const limits = { commandMs: 10_000, dataStallMs: 20_000 }
  const { door, pass, receive, metrics } = await openDoor(context, { limits })
  const peer = await greeted(door.address)
  await inData(peer)
  for (let at = 1; at <= 3; at += 1) {
    peer.write(`${"x".repeat(998)}\r\n`)
    await until(() => metrics.render().includes(`letterkeep_smtp_message_bytes_total ${1_000 * at}\n`))
    pass(9_000)
  }
  assert.match(await peer.say("."), /^250 /)
  assert.equal(receive.messages.length, 1)
  pass(9_000)
  assert.match(await peer.say("NOOP"), /^250 /)
  peer.destroy()
})

test("gives a message that there is no room for the time of a command to end", async context => {
  const limits = { commandMs: 10_000, bytesInFlight: 1_500 }
  const { door, pass, receive, metrics } = await openDoor(context, { limits })
  const peer = await greeted(door.address)
  await inData(peer)
  peer.write(`${"x".repeat(998)}\r\n`)
  await until(() => metrics.render().includes("letterkeep_smtp_message_bytes_total 1000\n"))
  pass(15_000)
  peer.write(`${"x".repeat(998)}\r\n`)
  await until(() => receive.messages[0]?.state === "abandoned")
  pass(5_000)
  assert.match(await peer.say("."), /^452 /)
  peer.destroy()
})

test("cuts a peer that does not close its side after 421", async context => {
  const { door, pass, log } = await openDoor(context, { limits: { greetingMs: 10_000 } })
  const peer = await greeted(door.address)
  pass(12_000)
  assert.match(await peer.reply(), /^421 /)
  pass(12_000)
  await until(() => log.events.some(({ name }) => name === "smtp.closed"))
  peer.destroy()
})

async function inData(peer: Peer): Promise<void> {
  for (const line of ["EHLO x", "MAIL FROM:<>", "RCPT TO:<r@mx.example>"])
    assert.match(await peer.say(line), /^250/)
  assert.match(await peer.say("DATA"), /^354 /)
}

test("ends a message that stalls, that drips, and that takes too long in all", async context => {
  const limits = { dataStallMs: 20_000, rateGraceMs: 30_000, bytesPerSecond: 10, messageMs: 100_000 }
  const { door, receive, pass, log, metrics } = await openDoor(context, { limits })
  const heard = async (octets: number): Promise<void> =>
    until(() => metrics.render().includes(`letterkeep_smtp_message_bytes_total ${octets}\n`))
  const stalls = await greeted(door.address)
  await inData(stalls)
  pass(22_000)
  assert.match(await stalls.reply(), /^421 4\.4\.2 /)
  assert.equal(receive.messages[0]?.state, "abandoned")

  const drips = await greeted(door.address)
  await inData(drips)
  for (let at = 1; at <= 3; at += 1) {
    drips.write("abc")
    await heard(3 * at)
    pass(11_000)
  }
  assert.match(await drips.reply(), /^421 4\.4\.2 /)

  const long = await greeted(door.address)
  await inData(long)
  for (let at = 1; at <= 10; at += 1) {
    long.write(`${"x".repeat(998)}\r\n`)
    await heard(9 + 1_000 * at)
    pass(11_000)
  }
  assert.match(await long.reply(), /^421 4\.4\.2 /)
  assert.deepEqual(abuses(log.events), ["too-slow", "too-slow", "too-slow"])
  for (const peer of [stalls, drips, long]) peer.destroy()
})

test("does not count the time that the house takes", async context => {
  const { door, receive, pass } = await openDoor(context, { limits: { commandMs: 10_000 } })
  let open: () => void = () => undefined
  const gate = new Promise<void>(resolve => (open = resolve))
  let asked = false
  const { recipient } = receive
  receive.recipient = async (...all) => {
    asked = true
    await gate
    return recipient(...all)
  }
  const peer = await greeted(door.address)
  await peer.say("EHLO x")
  await peer.say("MAIL FROM:<>")
  const reply = peer.say("RCPT TO:<r@mx.example>")
  await until(() => asked)
  pass(60_000)
  open()
  assert.match(await reply, /^250 /)
  peer.destroy()
})

test("ends a connection that has lasted too long", async context => {
  const { door, pass } = await openDoor(context, { limits: { connectionMs: 60_000 } })
  const peer = await greeted(door.address)
  await peer.say("EHLO x")
  for (let at = 0; at < 6; at += 1) {
    pass(11_000)
    peer.write("NOOP\r\n")
    await peer.reply()
  }
  assert.match(await peer.reply(), /^421 |^$/)
  peer.destroy()
})

test("stops reading from a peer that does not read its replies", async context => {
  const { door, pass } = await openDoor(context, {
    limits: { unreadReplies: 1_000 },
  })
  const peer = await greeted(door.address)
  peer.write("HELP\r\n".repeat(60))
  for (let at = 0; at < 60; at += 1) assert.match(await peer.reply(), /^214 /)
  pass(1_000)
  assert.match(await peer.say("NOOP"), /^250 /)
  peer.destroy()
})

test("is not moved by a clock that jumps", async context => {
  const { door, pass, jump } = await openDoor(context, { limits: { greetingMs: 60_000 } })
  const peer = await greeted(door.address)
  for (const ms of [86_400_000, -86_400_000]) {
    jump(ms)
    pass(1_000)
    assert.match(await peer.say("NOOP"), /^250 /)
  }
  peer.destroy()
})

test("asks who is idle to leave when the door is crowded, and nobody before", async context => {
  const { door, pass } = await openDoor(context, { limits: { connections: 5, crowdedCommandMs: 15_000 } })
  const idle: Peer[] = []
  for (let n = 0; n < 4; n++) idle.push(await greeted(door.address))
  for (const peer of idle) await peer.say("EHLO x")
  pass(16_000)
  for (const peer of idle) assert.match(await peer.say("NOOP"), /^250 /)
  pass(14_000)
  const last = await greeted(door.address)
  pass(2_000)
  for (const peer of idle) assert.match(await peer.reply(), /^421 4\.4\.2 /)
  assert.match(await last.say("EHLO y"), /^250/)
  for (const peer of [...idle, last]) peer.destroy()
})
