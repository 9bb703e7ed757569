import assert from "node:assert/strict"
import { connect as connectPlain } from "node:net"
import { test } from "node:test"
import { signedInReaderLimits } from "@letterkeep/imap"
import { testContext } from "../entrance/fixtures/certificate.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"

type Events = readonly { name: string; fields: { readonly [field: string]: unknown } }[]
const whys = (events: Events, of: string): unknown[] =>
  events.filter(({ name }) => name === of).map(({ fields }) => fields.why)

test("refuses connections beyond the limit of one source and of all, and who comes too often", async context => {
  const one = await openDoor(context, { limits: { connectionsPerSource: 1 } })
  await one.connect()
  const second = await one.connect({ deaf: true })
  assert.match((await second.line()) ?? "", /^\* BYE Too many connections from your network/)
  await one.connect({ localAddress: "127.0.0.2" })
  assert.deepEqual(whys(one.log.events, "imap.refused-connection"), ["too-many-from-source"])

  const all = await openDoor(context, { limits: { connections: 1 } })
  await all.connect()
  const other = await all.connect({ deaf: true, localAddress: "127.0.0.2" })
  assert.match((await other.line()) ?? "", /^\* BYE Too many connections here/)

  const often = await openDoor(context, { limits: { newPerMinute: 1 } })
  await often.connect()
  const again = await often.connect({ deaf: true })
  assert.match((await again.line()) ?? "", /^\* BYE Too many new connections/)
})

test("ends a stranger who says nothing, who drips octets, and who stays for too long", async context => {
  const { connect, time, log } = await openDoor(context, { trustedFrom: ["127.0.0.1"] })
  const silent = await connect()
  time.pass(62_000)
  assert.match((await silent.line()) ?? "", /^\* BYE Nothing was heard/)
  const dripping = await connect()
  for (let second = 0; second < 62; second += 1) {
    dripping.write("x")
    time.pass(1_000)
  }
  assert.match((await dripping.line()) ?? "", /^\* BYE Nothing was heard/)
  const staying = await connect()
  let said = 0
  for (; said < 20; said += 1) {
    const lines = await staying.say("NOOP")
    if (lines.at(-1)?.endsWith("OK Done") !== true) break
    time.pass(20_000)
  }
  assert.ok(said >= 15 && said < 17, `${said} times`)
  assert.deepEqual(whys(log.events, "imap.abused"), ["too-slow", "too-slow", "too-slow"])
})

test("asks strangers to leave when the door is crowded, and nobody who has signed in", async context => {
  const { connect, enter, time } = await openDoor(context, { limits: { connections: 5 } })
  const guests = [await enter(), await connect(), await connect(), await connect()]
  time.pass(15_000)
  assert.equal(await guests[1]?.answer("NOOP"), "OK Done")
  guests.push(await connect())
  time.pass(1_000)
  assert.match((await guests[1]?.line()) ?? "", /^\* BYE/)
  assert.equal(await guests[0]?.answer("NOOP"), "OK Done")
})

test("ends a stranger after too many commands, and anybody after too many mistakes", async context => {
  const limits = { strangerCommands: 5, badCommands: 4 }
  const { connect, enter, log } = await openDoor(context, { limits, trustedFrom: ["127.0.0.1"] })
  const asking = await connect()
  for (let at = 0; at < 5; at += 1) assert.equal(await asking.answer("NOOP"), "OK Done")
  assert.match((await asking.say("NOOP"))[0] ?? "", /^\* BYE Too many commands before sign-in/)
  const client = await enter()
  for (let at = 0; at < 3; at += 1) assert.match(await client.answer("XYZZY"), /^BAD/)
  await client.say("NOOP")
  for (let at = 0; at < 4; at += 1) assert.match(await client.answer("XYZZY"), /^BAD/)
  assert.match((await client.line()) ?? "", /^\* BYE Too many commands were wrong/)
  assert.deepEqual(whys(log.events, "imap.abused"), ["too-many-commands", "errors"])
})

test("ends a connection whose line never ends", async context => {
  const signedIn = { ...signedInReaderLimits, swallowed: 100_000 }
  const { connect, enter, log } = await openDoor(context, { limits: { signedIn } })
  const stranger = await connect()
  stranger.write("x".repeat(10_000))
  assert.match((await stranger.line()) ?? "", /^\* BAD \[LIMIT\] A line may have 8192 octets/)
  stranger.write("x".repeat(80_000))
  assert.match((await stranger.line()) ?? "", /^\* BYE /)
  const client = await enter()
  client.write("x".repeat(70_000))
  assert.match((await client.line()) ?? "", /^\* BAD \[LIMIT\]/)
  client.write("x".repeat(110_000))
  assert.match((await client.line()) ?? "", /^\* BYE /)
  assert.deepEqual(whys(log.events, "imap.abused"), ["lost-framing", "lost-framing"])
})

test("an ID as long as may be is refused before sign-in, ends nothing, and is taken afterwards", async context => {
  const { connect, enter } = await openDoor(context)
  const pairs = Array.from({ length: 30 }, (_, at) => `"${`${at}`.padEnd(30, "f")}" "${"v".repeat(1_024)}"`)
  const stranger = await connect()
  assert.match(await stranger.answer(`ID (${pairs.join(" ")})`), /^BAD \[LIMIT\] A line may have 8192 octets/)
  assert.match(await stranger.answer('ID ("name" "x")'), /^OK /)
  assert.match(await (await enter()).answer(`ID (${pairs.join(" ")})`), /^OK /)
})

test("takes no message from a stranger, none that is too large (APPENDLIMIT), and none for which there is no room", async context => {
  const { connect, enter, selecting, metrics } = await openDoor(context, { limits: { bytesInFlight: 1_000 } })
  const stranger = await connect()
  assert.match(await stranger.answer("APPEND INBOX {10}"), /^BAD .*sign in first/)
  const client = await enter()
  assert.match(await client.answer("APPEND INBOX {99999999999}"), /^NO \[TOOBIG\]/)
  assert.match(await client.answer("APPEND INBOX {1001}"), /^NO \[UNAVAILABLE\] There is no room/)
  assert.match(await client.answer(`APPEND INBOX {1001+}\r\n${"x".repeat(1_001)}`), /^NO \[UNAVAILABLE\]/)
  let keep: () => void = () => undefined
  selecting.appending = octets =>
    new Promise(resolve => {
      keep = () => resolve({ kind: "ok", text: `${octets}` })
    })
  client.write(`a APPEND INBOX {600+}\r\n${"x".repeat(600)}\r\n`)
  await until(() => metrics.render().includes("letterkeep_imap_bytes_in_flight 600"))
  const other = await enter("ben")
  assert.match(await other.answer("APPEND INBOX {600}"), /^NO \[UNAVAILABLE\]/)
  keep()
  assert.equal(await client.line(), "a OK 600")
  other.write("b APPEND INBOX {600}\r\n")
  assert.match((await other.line()) ?? "", /^\+ /)
  other.destroy()
  await until(() => metrics.render().includes("letterkeep_imap_bytes_in_flight 0"))
})

test("leaves room for others where one account announces as many large messages as it can", async context => {
  const limits = { bytesInFlight: 1_000, bytesInFlightPerAccount: 500 }
  const { enter, metrics } = await openDoor(context, { limits })
  const [first, second, other] = [await enter(), await enter(), await enter("ben")]
  first.write("a APPEND INBOX {400}\r\n")
  assert.match((await first.line()) ?? "", /^\+ /)
  assert.match(await second.answer("APPEND INBOX {101}"), /^NO \[UNAVAILABLE\] There is no room/)
  other.write("b APPEND INBOX {500}\r\n")
  assert.match((await other.line()) ?? "", /^\+ /)
  first.destroy()
  await until(() => metrics.render().includes("letterkeep_imap_bytes_in_flight 500"))
  second.write("c APPEND INBOX {500}\r\n")
  assert.match((await second.line()) ?? "", /^\+ /)
})

test("ends a message that stalls or drips, and leaves the slow rest in peace", async context => {
  const limits = { dataStallMs: 20_000, rateGraceMs: 30_000, bytesPerSecond: 10 }
  const { enter, time } = await openDoor(context, { limits })
  const stalled = await enter()
  stalled.write("a APPEND INBOX {1000}\r\n")
  assert.match((await stalled.line()) ?? "", /^\+ /)
  time.pass(22_000)
  assert.match((await stalled.line()) ?? "", /^\* BYE/)
  const dripping = await enter()
  dripping.write("a APPEND INBOX {1000}\r\n")
  await dripping.line()
  for (let second = 0; second < 35; second += 5) {
    dripping.write("x")
    await new Promise(resolve => setTimeout(resolve, 5))
    time.pass(5_000)
  }
  assert.match((await dripping.line()) ?? "", /^\* BYE/)
})

test("reads ahead of a long command, and hears all of it when it goes on", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  let go: (() => void) | undefined
  selecting.serve = () =>
    new Promise(resolve => {
      go = () => resolve({ kind: "ok", text: "Checked" })
    })
  const many = 60_000
  client.write(`a CHECK\r\n${"b NOOP\r\n".repeat(many)}c LOGOUT\r\n`)
  await until(() => go !== undefined)
  go?.()
  let heard = 0
  for (;;) {
    const line = await client.line()
    if (line === undefined) break
    if (line === "b OK Done") heard += 1
    if (line.startsWith("a ")) assert.equal(heard, 0)
  }
  assert.equal(heard, many)
})

test("makes nothing more for a client that reads nothing, and ends it at last", async context => {
  const { enter, selecting, time, log } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  let written = 0
  selecting.serve = async (_, out) => {
    for (let at = 0; at < 10_000; at += 1) {
      out.write(Buffer.alloc(65_536, "x"))
      written += 65_536
      if (out.isFull) await out.drained()
    }
    return { kind: "ok", text: "Done" }
  }
  client.pause()
  client.write("a FETCH 1 BODY[]\r\n")
  let last = -1
  await until(() => {
    const still = written === last && written > 0
    last = written
    return still
  })
  await new Promise(resolve => setTimeout(resolve, 100))
  assert.ok(written < 60 * 1_048_576, `${written} octets were made`)
  time.pass(400_000)
  await until(() => log.events.some(({ name }) => name === "imap.closed"))
  assert.deepEqual(whys(log.events, "imap.abused"), ["reads-nothing"])
})

test("gives a stranger who reads nothing no more time than one who says nothing", async context => {
  const limits = { strangerCommands: 1_000_000, strangerInAllMs: 30_000, unreadMs: 1_000_000 }
  const { connect, metrics, time, log } = await openDoor(context, { limits })
  const client = await connect()
  client.pause()
  client.write("a CAPABILITY\r\n".repeat(50_000))
  await standsStill(() => metrics.render())
  time.pass(32_000)
  await until(() => log.events.some(({ name }) => name === "imap.abused"))
  assert.deepEqual(whys(log.events, "imap.abused"), ["too-slow"])
})

test("gives one whose sign-in has ended nothing more, not even slowly", async context => {
  const { enter, selecting, people, time, log } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  let written = 0
  selecting.serve = async (_, out) => {
    for (;;) {
      out.write(Buffer.alloc(65_536, "x"))
      written += 65_536
      if (out.isFull) await out.drained()
    }
  }
  client.pause()
  client.write("a FETCH 1 BODY[]\r\n")
  await standsStill(() => `${written}`)
  people.sessions[0]?.close()
  time.pass(15_000)
  await until(() => log.events.some(({ name }) => name === "imap.closed"))
})

test("a handshake that does not come on makes room when connections are crowded", async context => {
  const secureContext = testContext()
  const limits = { connections: 5, crowdedStrangerMs: 5_000, handshakeMs: 60_000 }
  const { imaps, time, log } = await openDoor(context, { limits, tls: { current: () => secureContext } })
  const sockets = Array.from({ length: 5 }, () => connectPlain(Number(imaps.split(":")[1]), "127.0.0.1"))
  context.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(() => log.events.filter(({ name }) => name === "imap.connected").length === 5)
  time.pass(7_000)
  await until(() => log.events.some(({ name }) => name === "imap.closed"))
})

test("is not moved by a clock that jumps", async context => {
  const { connect, time } = await openDoor(context)
  const client = await connect()
  time.jump(10_000_000)
  time.pass(1_000)
  assert.equal(await client.answer("NOOP"), "OK Done")
})

/** Resolves when it has been the same for very many turns. */
async function standsStill(what: () => string): Promise<void> {
  let [last, turns] = ["", 0]
  await until(() => {
    const now = what()
    turns = now === last && now !== "" ? turns + 1 : 0
    last = now
    return turns > 5_000
  })
}
