import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import {
  clientKeyFrom,
  loginClient,
  plainClient,
  readClientFinal,
  readClientFirst,
  readPlain,
  type SaslClient,
  scramClient,
  scramKeys,
  writeServerFinal,
  writeServerFirst,
} from "../../../sasl/src/index.ts"
import { openClient } from "../../fixtures/far-side.ts"
import type { ClientEvent, SmtpClient } from "../index.ts"

/** Signing in at a smart host with the mechanisms of packages/sasl, as an owner does it. */

const credentials = { name: "me@us.test", secret: "pencil" }
const scram = () =>
  scramClient({
    ...credentials,
    mechanism: "SCRAM-SHA-256",
    bindings: new Map(),
    random: Buffer.alloc(18, 7),
  })
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64")

function open(mechanisms: readonly SaslClient[], offered: string): SmtpClient {
  const client = openClient({ secure: { verified: true }, auth: { mechanisms } })
  client.push(Buffer.from(`220 x\r\n250-x\r\n250 AUTH ${offered}\r\n`))
  assert.equal(client.next(), undefined)
  return client
}

const said = (client: SmtpClient): string =>
  Buffer.from(client.output()).toString().replace("EHLO us.test\r\n", "")

async function hear(client: SmtpClient, of: SaslClient, reply: string): Promise<ClientEvent | undefined> {
  client.push(Buffer.from(`${reply}\r\n`))
  const event = client.next()
  if (event?.kind === "challenge") client.respond(await of.respond(event.bytes))
  return event
}

/** The server's side of SCRAM, which knows the secret `known`. */
async function signInByScram(known: string): Promise<{ ready: boolean; complete: boolean; last: string }> {
  const mechanism = scram()
  const client = open([mechanism, plainClient(credentials)], "PLAIN SCRAM-SHA-256")
  const [, name = "", first = ""] = said(client).trim().split(" ")
  assert.equal(name, "SCRAM-SHA-256")
  const opened = readClientFirst("SCRAM-SHA-256", new Map(), Buffer.from(first, "base64"))
  assert.ok(opened.kind === "client-first" && opened.name === credentials.name)
  const salt = Buffer.alloc(16, 1)
  const serverFirst = writeServerFirst(opened, { salt, iterations: 4096, random: Buffer.alloc(18, 2) })
  await hear(client, mechanism, `334 ${base64(serverFirst.text)}`)
  const final = readClientFinal(opened, serverFirst, Buffer.from(said(client).trim(), "base64"))
  assert.ok(final.kind === "client-final")
  const keys = scramKeys(pbkdf2Sync(known, salt, 4096, 32, "sha256"))
  assert.equal(clientKeyFrom(final, keys.storedKey) !== undefined, known === credentials.secret)
  await hear(client, mechanism, `334 ${base64(writeServerFinal(final, keys.serverKey))}`)
  const last = said(client)
  const event = await hear(client, mechanism, last === "*\r\n" ? "501 as you like" : "235 in")
  return { ready: event?.kind === "ready", complete: mechanism.complete, last }
}

test("signs in by SCRAM, and takes it back where the server does not know the secret", async () => {
  assert.deepEqual(await signInByScram("pencil"), { ready: true, complete: true, last: "\r\n" })
  assert.deepEqual(await signInByScram("pen"), { ready: false, complete: false, last: "*\r\n" })
})

test("signs in by PLAIN in one line", async () => {
  const mechanism = plainClient(credentials)
  const client = open([scram(), mechanism], "LOGIN PLAIN")
  const [, name, message = ""] = said(client).trim().split(" ")
  assert.equal(name, "PLAIN")
  const read = readPlain(Buffer.from(message, "base64"))
  assert.deepEqual(read, { kind: "plain", ...credentials })
  assert.equal((await hear(client, mechanism, "235 in"))?.kind, "ready")
})

test("signs in by LOGIN, name and secret each asked for", async () => {
  const mechanism = loginClient(credentials)
  const client = open([mechanism], "LOGIN")
  assert.equal(said(client), "AUTH LOGIN\r\n")
  await hear(client, mechanism, `334 ${base64("Username:")}`)
  assert.equal(said(client), `${base64(credentials.name)}\r\n`)
  await hear(client, mechanism, `334 ${base64("Password:")}`)
  assert.equal(said(client), `${base64(credentials.secret)}\r\n`)
  assert.equal((await hear(client, mechanism, "235 in"))?.kind, "ready")
})

test("does not go on where the server says yes and has not shown that it knows the secret", async () => {
  for (const before of [[], ["334 "]]) {
    const mechanism = scram()
    const client = open([mechanism], "SCRAM-SHA-256")
    for (const reply of before) await hear(client, mechanism, reply)
    const event = await hear(client, mechanism, "235 in")
    assert.deepEqual(event, {
      kind: "closing",
      end: { kind: "fault", step: "auth", fault: "unproven-server" },
    })
  }
})
