import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { type TestContext, test } from "node:test"
import { type SecureContext, TLSSocket } from "node:tls"
import { manualTimer, systemTimer } from "../timer.ts"
import { connectMail, type Ears, type MailConnection, type MailDial } from "./connect-mail.ts"
import { EgressError, mintEgress } from "./egress.ts"
import { certificateFor, selfSignedFor, testAuthority, testRoots } from "./test-certificates.ts"

async function farSide(t: TestContext, taken: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on("error", () => socket.destroy())
    taken(socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sockets } // it listens on TCP
}

const dialOf = (port: number, more: Partial<MailDial> = {}): MailDial => ({
  egress: mintEgress("mail-exchanger", async () => undefined),
  recipient: "mail-exchanger",
  ip: "127.0.0.1",
  port,
  timer: systemTimer,
  timeout: 5_000,
  signal: new AbortController().signal,
  ...more,
})

async function connected(port: number, more: Partial<MailDial> = {}): Promise<MailConnection> {
  const dialled = await connectMail(dialOf(port, more))
  if (dialled.kind !== "connected") assert.fail(JSON.stringify(dialled))
  return dialled.connection
}

/** What is heard, as it comes; `closed` resolves with all of it. */
function listening(connection: MailConnection, on: Partial<Ears> = {}) {
  const heard: Buffer[] = []
  const closed = new Promise<string>(resolve => {
    connection.hear({
      bytes: bytes => {
        heard.push(bytes)
        on.bytes?.(bytes)
      },
      drained: () => on.drained?.(),
      closed: () => resolve(Buffer.concat(heard).toString("latin1")),
    })
  })
  return { closed }
}

const upgraded = (context: SecureContext) => (socket: Socket) => {
  const secure = new TLSSocket(socket, { isServer: true, secureContext: context })
  secure.on("error", () => secure.destroy())
  secure.on("data", bytes => secure.end(bytes))
}

test("carries octets both ways, and closes once what was written is out", async t => {
  const { port } = await farSide(t, socket => {
    socket.write("hello ")
    socket.on("data", bytes => socket.write(bytes))
  })
  const connection = await connected(port)
  assert.equal(connection.localIp, "127.0.0.1")
  const { closed } = listening(connection, {
    bytes: bytes => bytes.toString("latin1").endsWith("world") && connection.end(),
  })
  connection.write(Buffer.from("world"))
  assert.equal(await closed, "hello world")
  assert.equal(connection.write(Buffer.from("late")), true)
})

test("tells when nothing more should be written, and when it may go on", async t => {
  const { port, sockets } = await farSide(t, socket => socket.pause())
  const connection = await connected(port)
  let drained = 0
  const { closed } = listening(connection, {
    drained() {
      drained += 1
      connection.end()
    },
  })
  const piece = Buffer.alloc(1_000_000)
  let writes = 1
  while (connection.write(piece) && writes < 100) writes += 1
  assert.ok(writes < 100)
  assert.equal(drained, 0)
  for (const socket of sockets) socket.resume()
  await closed
  assert.equal(drained, 1)
})

test("opens nothing where nothing may go, or for another recipient", async t => {
  const { port, sockets } = await farSide(t, () => undefined)
  const egress = mintEgress("mail-exchanger", async () => {
    throw new EgressError("mail-exchanger", "not-agreed")
  })
  assert.deepEqual(await connectMail(dialOf(port, { egress })), { kind: "held-back" })
  assert.deepEqual(await connectMail(dialOf(port, { recipient: "smart-host" })), { kind: "held-back" })
  assert.equal(sockets.size, 0)
})

test("says why there is no connection", async t => {
  const { port } = await farSide(t, () => undefined)
  const gone = createServer().listen(0, "127.0.0.1")
  await once(gone, "listening")
  const closedPort = (gone.address() as AddressInfo).port // it listens on TCP
  gone.close()
  assert.deepEqual(await connectMail(dialOf(closedPort)), { kind: "failed", why: "unreachable" })
  const aborted = AbortSignal.abort()
  assert.deepEqual(await connectMail(dialOf(port, { signal: aborted })), {
    kind: "failed",
    why: "broken-off",
  })
  // An address that nobody has: the time-out comes before any answer could.
  const timer = manualTimer()
  const dialling = connectMail(dialOf(25, { ip: "192.0.2.1", timer, timeout: 1_000 }))
  await new Promise(setImmediate)
  timer.pass(1_000)
  const { kind, why } = (await dialling) as { kind: string; why: string } // one of the two below
  assert.equal(kind, "failed")
  assert.match(why, /^(timed-out|unreachable)$/)
})

test("shakes hands with whoever it is, and tells what was shown", async t => {
  const good = certificateFor(["mx.test"])
  const cases = [
    [good, "mx.test", "verified"],
    [good, "other.test", "other-name"],
    [good, "127.0.0.1", "other-name"],
    [certificateFor(["mx.test"], { to: Date.now() - 1000 }), "mx.test", "expired"],
    [selfSignedFor("mx.test"), "mx.test", "not-trusted"],
  ] as const
  for (const [certificate, name, expected] of cases) {
    const { port } = await farSide(t, upgraded(certificate.context))
    const connection = await connected(port)
    const { closed } = listening(connection)
    const shaken = await connection.startTls({ name, timer: systemTimer, timeout: 5_000, roots: testRoots })
    if (shaken.kind !== "secured") assert.fail(`${name}: ${shaken.kind}`)
    assert.equal(shaken.version, "TLSv1.3")
    assert.equal(shaken.found.kind === "verified" ? "verified" : shaken.found.why, expected)
    assert.deepEqual(shaken.chain[0], certificate.made.der)
    if (expected !== "not-trusted") assert.deepEqual(shaken.chain[1], testAuthority.der)
    assert.ok(shaken.chain.length <= 2)
    connection.write(Buffer.from("over TLS"))
    assert.equal(await closed, "over TLS")
  }
})

test("believes no authority of a test's own where the machine's count", async t => {
  const { port } = await farSide(t, upgraded(certificateFor(["mx.test"]).context))
  const connection = await connected(port)
  const shaken = await connection.startTls({ name: "mx.test", timer: systemTimer, timeout: 5_000 })
  assert.deepEqual(shaken.kind === "secured" && shaken.found, { kind: "unverified", why: "not-trusted" })
  connection.destroy()
})

test("is gone when the handshake fails or never ends", async t => {
  const refusing = await farSide(t, socket => socket.write("no TLS here\r\n"))
  const hurt = await connected(refusing.port)
  const first = listening(hurt)
  assert.equal((await hurt.startTls({ name: "x.test", timer: systemTimer, timeout: 5_000 })).kind, "failed")
  await first.closed

  const silent = await farSide(t, () => undefined)
  const timer = manualTimer()
  const stuck = await connected(silent.port)
  const second = listening(stuck)
  const shaking = stuck.startTls({ name: "x.test", timer, timeout: 60_000 })
  timer.pass(60_000)
  assert.equal((await shaking).kind, "failed")
  await second.closed
})

test("speaks TLS from the first octet where that is asked for", async t => {
  const { port } = await farSide(t, upgraded(certificateFor(["mx.test"]).context))
  const tls = { name: "mx.test", timer: systemTimer, timeout: 5_000, roots: testRoots }
  const dialled = await connectMail(dialOf(port, { tls }))
  if (dialled.kind !== "connected") assert.fail(dialled.kind)
  assert.deepEqual(dialled.shaken?.kind === "secured" && dialled.shaken.found, { kind: "verified" })
  const { closed } = listening(dialled.connection)
  dialled.connection.write(Buffer.from("secret"))
  assert.equal(await closed, "secret")
})
