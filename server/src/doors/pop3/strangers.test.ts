import assert from "node:assert/strict"
import { connect as connectPlain } from "node:net"
import { test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { mailAddress, secret } from "../../privacy/index.ts"
import { until } from "../entrance/fixtures/until.ts"
import type { Timers } from "../entrance/index.ts"
import { connectClient } from "./fixtures/client.ts"
import { letter, openTestDoor, password, user } from "./fixtures/open-test-door.ts"

/** Version 2 of the PROXY protocol: a connection over IPv4 from `ip`. */
function proxyHeader(ip: string): Buffer {
  const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex")
  const source = Buffer.from(ip.split(".").map(Number))
  return Buffer.concat([
    signature,
    Buffer.from("2111000c", "hex"),
    source,
    Buffer.from("7f000001c3500084", "hex"),
  ])
}

/** Timers that run when the test says so. */
function manualTimers(): Timers & { tick(): void } {
  const runs = new Set<() => void>()
  return {
    after(_ms, run) {
      const timer = setImmediate(run)
      return () => clearImmediate(timer)
    },
    every(_ms, run) {
      runs.add(run)
      return () => void runs.delete(run)
    },
    tick() {
      for (const run of runs) run()
    },
  }
}

test("says the same of the same octets wherever they are cut", async t => {
  const house = await openTestDoor(t)
  await house.receive(letter("one", ".dot"))
  const script = `USER ${user}\r\nPASS ${password}\r\nSTAT\r\nLIST\r\nRETR 1\r\nnonsense\r\nTOP 1 0\r\nQUIT\r\n`
  const hear = async (pieces: readonly string[]): Promise<string> => {
    const client = await house.connect()
    const heard: string[] = []
    for (const piece of pieces) {
      client.write(piece)
      await new Promise(resolve => setImmediate(resolve))
    }
    for (let line = await client.line(); line !== undefined; line = await client.line()) heard.push(line)
    client.end()
    await until(() => house.people.liveSessions() === 0)
    for (;;) if ((await house.store.sql`select 1 from maildrop_lease`).length === 0) break
    return heard.join("\n")
  }
  const whole = await hear([script])
  assert.match(whole, /Subject: one/)
  for (let cut = 1; cut < script.length; cut += 3) {
    assert.equal(await hear([script.slice(0, cut), script.slice(cut)]), whole, `cut at ${cut}`)
  }
})

test("serves nothing that was said in the clear before TLS", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect()
  client.write(`STLS\r\nUSER ${user}\r\nPASS ${password}\r\n`)
  assert.match((await client.line()) ?? "", /^\+OK Begin TLS/)
  // what followed STLS is dropped, or breaks the handshake; it is served in neither case
  await client.startTls().catch(() => undefined)
  assert.equal(house.people.liveSessions(), 0)
})

test("knows nothing of a name that was given in the clear before TLS", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect()
  assert.match(await client.say(`USER ${user}`), /^\+OK/)
  assert.match(await client.say("STLS"), /^\+OK/)
  await client.startTls()
  assert.equal(await client.say(`PASS ${password}`), "-ERR Give USER first")
  assert.equal(house.people.liveSessions(), 0)
})

test("takes the PROXY header of a balancer before the handshake, in one packet with it", async t => {
  const house = await openTestDoor(t, { proxyFrom: ["127.0.0.1"] })
  const client = await house.connect({ tls: true, before: proxyHeader("192.0.2.7") })
  assert.equal(client.greeting, "+OK Letterkeep POP3")
  assert.match(await client.signIn(user, password), /^\+OK/)
})

test("takes no password in plain text from who comes from elsewhere by a balancer on this machine", async t => {
  const house = await openTestDoor(t, { proxyFrom: ["127.0.0.1"] })
  const unspecified = Buffer.from("0d0a0d0a000d0a515549540a21000000", "hex")
  for (const before of [proxyHeader("192.0.2.7"), unspecified]) {
    const far = await house.connect({ before })
    assert.match(await far.signIn(user, password), /^-ERR \[AUTH\] Passwords are taken over TLS alone/)
  }
  const near = await house.connect({ before: proxyHeader("127.0.0.9") })
  assert.match(await near.signIn(user, password), /^\+OK/)
})

test("ends a stranger who says nothing, and one who says too much", async t => {
  const timers = manualTimers()
  const house = await openTestDoor(t, { timers, limits: { strangerMs: 10_000, strangerCommands: 20 } })
  const silent = await house.connect()
  const trickling = await house.connect()
  for (let second = 0; second < 12; second += 1) {
    house.clock.at += 1_000
    trickling.write("U")
    await new Promise(resolve => setImmediate(resolve))
    timers.tick()
  }
  assert.equal(await silent.line(), undefined)
  assert.equal(await trickling.line(), undefined)
  const busy = await house.connect()
  for (let n = 0; n < 20; n += 1) await busy.say("CAPA").then(() => busy.line())
  const lines: string[] = []
  for (let line = await busy.line(); line !== undefined; line = await busy.line()) lines.push(line)
  assert.match(lines.at(-1) ?? "", /This leads nowhere/)
})

test("gives one who has signed in ten minutes between commands, and then ends without a word or a removal", async t => {
  const timers = manualTimers()
  const house = await openTestDoor(t, { timers })
  await house.receive(letter("one"))
  const client = await house.enter()
  await client.say("DELE 1")
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 4) {
      house.clock.at += 4_000
      timers.tick()
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await pass(600)
  assert.match(await client.say("NOOP"), /^\+OK/)
  await pass(672)
  assert.equal(await client.line(), undefined)
  await until(() => house.people.liveSessions() === 0)
  const [inbox] = await (await house.mail()).mailboxes()
  assert.deepEqual([inbox?.total, inbox?.deleted], [1, 0])
})

test("ends a line without an end, and holds no more of it than its limit", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect()
  client.write("x".repeat(20_000))
  assert.match((await client.line()) ?? "", /^-ERR \[SYS\/PERM\]/)
  assert.equal(await client.line(), undefined)
})

test("reads no further while a client does not read what it asked for", async t => {
  const timers = manualTimers()
  const house = await openTestDoor(t, { timers, limits: { unreadMs: 20_000 } })
  await house.receive(letter("large", "0123456789abcdef\r\n".repeat(100_000)))
  const client = await house.enter()
  client.pause()
  for (let n = 0; n < 200; n += 1) client.write("RETR 1\r\n")
  const before = process.memoryUsage()
  // a turn of the database is time enough for the door to write all that it would
  for (let turns = 0; turns < 2_000; turns += 1) await house.store.sql`select 1`
  const after = process.memoryUsage()
  const grown = after.heapUsed + after.external - before.heapUsed - before.external
  assert.ok(grown < 30_000_000, `grew by ${grown}`)
  for (let seconds = 0; seconds < 25; seconds += 1) {
    house.clock.at += 1_000
    timers.tick()
  }
  await until(() => house.people.liveSessions() === 0)
  assert.equal(house.log.events.filter(({ name }) => name === "pop3.abused").length, 1)
})

test("lets go of the maildrop of one whose sign-in has ended, also while it reads nothing", async t => {
  const timers = manualTimers()
  const house = await openTestDoor(t, { timers })
  await house.receive(letter("large", "0123456789abcdef\r\n".repeat(100_000)))
  const client = await house.enter()
  client.pause()
  for (let n = 0; n < 200; n += 1) client.write("RETR 1\r\n")
  for (let turns = 0; turns < 2_000; turns += 1) await house.store.sql`select 1`
  const changed = await house.people.changePassword(
    mailAddress(user),
    secret(password),
    secret("another horse battery"),
  )
  assert.equal(changed.kind, "changed")
  for (let seconds = 0; seconds < 15; seconds += 1) {
    house.clock.at += 1_000
    timers.tick()
  }
  await until(() => house.log.events.some(({ name }) => name === "pop3.closed"))
  const other = await house.connect()
  assert.match(await other.signIn(user, "another horse battery"), /^\+OK/)
})

test("gives a stranger who reads nothing no more time than one who says nothing", async t => {
  const timers = manualTimers()
  const limits = { strangerCommands: 1_000_000, strangerInAllMs: 30_000, unreadMs: 1_000_000 }
  const house = await openTestDoor(t, { timers, limits })
  const client = await house.connect()
  client.pause()
  client.write("CAPA\r\n".repeat(200_000))
  for (let turns = 0; turns < 2_000; turns += 1) await house.store.sql`select 1`
  for (let seconds = 0; seconds < 45; seconds += 1) {
    house.clock.at += 1_000
    timers.tick()
  }
  await until(() => house.log.events.some(({ name }) => name === "pop3.closed"))
})

test("a handshake that does not come on makes room when connections are crowded", async t => {
  const timers = manualTimers()
  const limits = { connections: 5, crowdedStrangerMs: 5_000 }
  const house = await openTestDoor(t, { timers, limits })
  const port = Number(house.door.addresses.pop3s?.split(":")[1])
  const sockets = Array.from({ length: 5 }, () => connectPlain(port, "127.0.0.1"))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(() => house.log.events.filter(({ name }) => name === "pop3.connected").length === 5)
  for (let seconds = 0; seconds < 7; seconds += 1) {
    house.clock.at += 1_000
    timers.tick()
  }
  await until(() => house.log.events.some(({ name }) => name === "pop3.closed"))
})

test("turns away who comes too often or is one too many, and counts it", async t => {
  const house = await openTestDoor(t, { limits: { connections: 2 }, trustedFrom: [] })
  await house.connect()
  await house.connect()
  const third = await connectClient(house.door.addresses.pop3 ?? "")
  assert.match(third.greeting, /^-ERR \[SYS\/TEMP\] Too many connections/)
  assert.equal(await third.line(), undefined)
})

test("listens nowhere where it cannot listen everywhere", async t => {
  const house = await openTestDoor(t)
  const taken = house.door.addresses.pop3s
  const log = recordingLog()
  const door = house.openDoor({ log, listen: { pop3: "127.0.0.1:0", pop3s: taken } })
  await assert.rejects(door, /EADDRINUSE/)
  const open = log.events.find(({ name }) => name === "door.listening")?.fields.address
  await assert.rejects(connectClient(String(open)), /ECONNREFUSED/)
})

test("lets go of all it holds when it closes", async t => {
  const house = await openTestDoor(t)
  const door = await house.openDoor()
  const stranger = await connectClient(door.addresses.pop3 ?? "")
  const guest = await connectClient(door.addresses.pop3 ?? "")
  assert.match(await guest.signIn(user, password), /^\+OK/)
  const closed = door.close({ graceMs: 60_000 })
  assert.equal(await stranger.line(), undefined)
  assert.equal(await guest.line(), undefined)
  stranger.end()
  guest.end()
  await closed
  await until(() => house.people.liveSessions() === 0)
})

test("keeps its maildrop for as long as it reads, and ends when another has taken it", async t => {
  const timers = manualTimers()
  const house = await openTestDoor(t, { timers })
  const client = await house.enter()
  const endsAt = async () => {
    const [row] = await house.store.sql<{ ends_at: Date }[]>`select ends_at from maildrop_lease`
    return row?.ends_at.getTime() ?? 0
  }
  const first = await endsAt()
  const pass = async (): Promise<void> => {
    for (let n = 0; n < 9; n += 1) {
      house.clock.at += 4_000
      timers.tick()
    }
    for (let turn = 0; turn < 200; turn += 1) await new Promise(resolve => setImmediate(resolve))
  }
  await pass()
  for (let tries = 0; tries < 1_000 && (await endsAt()) === first; tries += 1);
  assert.ok((await endsAt()) > first)
  await house.store.sql`update maildrop_lease set holder = ${Buffer.alloc(16)}`
  await pass()
  assert.equal(await client.line(), undefined)
})
