import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { connect } from "node:net"
import { type TestContext, test } from "node:test"
import { connect as connectTls, type TLSSocket } from "node:tls"
import { channelBindingsOf, loginClient, plainClient, type SaslClient, scramClient } from "@letterkeep/sasl"
import { type ClientEvent, defaultClientLimits, readPath, SmtpClient } from "@letterkeep/smtp"
import { opened } from "../../privacy/test-privacy.ts"
import { openSubmission, user } from "./fixtures/open-submission.ts"

/** Our two sides of SMTP and of SASL, over a real connection: what one says the other has to understand. */

const textOf = "Subject: x\r\n\r\n.dot\r\n"

function pathOf(address: string) {
  const read = readPath(`<${address}>`, 0, "forward")
  assert(read.kind === "path")
  return read.path
}

async function connectTo(t: TestContext, address: string): Promise<TLSSocket> {
  const [host = "", port] = address.split(":")
  const socket = connect({ host, port: Number(port) })
  t.after(() => socket.destroy())
  const tls = connectTls({ socket, rejectUnauthorized: false })
  await once(tls, "secureConnect")
  return tls
}

/** Sends one message and quits. Resolves with what was told, but for the challenges. */
async function send(socket: TLSSocket, mechanism: SaslClient): Promise<readonly ClientEvent[]> {
  const client = new SmtpClient({
    hostname: "us.example",
    tls: "never",
    limits: defaultClientLimits,
    secure: { verified: true },
    auth: { mechanisms: [mechanism] },
  })
  const events: ClientEvent[] = []
  let sent = false
  const over = Promise.withResolvers<void>()
  const work = async (): Promise<void> => {
    for (let event = client.next(); event !== undefined; event = client.next()) {
      if (event.kind === "challenge") client.respond(await mechanism.respond(event.bytes))
      else events.push(event)
      if (event.kind === "ready" && sent) client.quit()
      else if (event.kind === "ready") {
        sent = true
        client.send({
          sender: { path: pathOf(user), body: "7BIT", smtputf8: false, requireTls: true, ret: "HDRS" },
          recipients: [{ path: pathOf("bob@far.example"), notify: ["failure"] }],
        })
      } else if (event.kind === "text-wanted") client.give(Buffer.from(textOf), true)
      else if (event.kind === "closing") over.resolve()
    }
    const output = client.output()
    if (output.length > 0) socket.write(output, () => void work())
  }
  socket.on("data", (bytes: Buffer) => {
    client.push(bytes)
    void work()
  })
  socket.on("close", over.resolve)
  await over.promise
  return events
}

test("our own client signs in at our own door by each mechanism, and sends", async t => {
  const { door, appPassword, submit } = await openSubmission(t, { plaintextOnLoopback: false })
  const credentials = { name: user, secret: await appPassword(["submission"]) }
  const scram = (mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS", tls: TLSSocket): SaslClient => {
    const bindings = mechanism === "SCRAM-SHA-256-PLUS" ? channelBindingsOf(tls) : new Map()
    return scramClient({ ...credentials, mechanism, bindings, random: randomBytes(18) })
  }
  const ways: readonly ((tls: TLSSocket) => SaslClient)[] = [
    () => plainClient(credentials),
    () => loginClient(credentials),
    tls => scram("SCRAM-SHA-256", tls),
    tls => scram("SCRAM-SHA-256-PLUS", tls),
  ]
  for (const way of ways) {
    const tls = await connectTo(t, door.addresses.submissions ?? "")
    const mechanism = way(tls)
    const events = await send(tls, mechanism)
    assert.ok(mechanism.complete, mechanism.name)
    const over = events.find(event => event.kind === "transaction-over")
    assert.deepEqual(
      over?.outcomes.map(({ kind }) => kind),
      ["accepted"],
      mechanism.name,
    )
    assert.deepEqual(events.at(-1), { kind: "closing", end: { kind: "quit" } })
  }
  assert.deepEqual(
    submit.messages.map(({ envelope, bytes }) => [
      opened(envelope.reversePath),
      envelope.requireTls,
      bytes(),
    ]),
    ways.map(() => [user, true, textOf]),
  )
})

test("our own client is told that its secret is wrong, and sends nothing", async t => {
  const { door, submit } = await openSubmission(t)
  for (const mechanism of [
    plainClient({ name: user, secret: "wrong" }),
    scramClient({
      name: user,
      secret: "wrong",
      mechanism: "SCRAM-SHA-256",
      bindings: new Map(),
      random: randomBytes(18),
    }),
  ]) {
    const events = await send(await connectTo(t, door.addresses.submissions ?? ""), mechanism)
    const last = events.at(-1)
    assert.ok(last?.kind === "closing", mechanism.name)
    assert.match(JSON.stringify(last.end), /535/)
  }
  assert.deepEqual(submit.messages, [])
})
