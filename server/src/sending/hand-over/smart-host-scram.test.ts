import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { createSecureContext } from "node:tls"
import {
  type ChannelBindings,
  type ClientFirst,
  clientKeyFrom,
  isScramMechanism,
  readClientFinal,
  readClientFirst,
  type ServerFirst,
  scramKeys,
  writeServerFinal,
  writeServerFirst,
} from "@letterkeep/sasl"
import { makeTempFolder, removeFolder } from "../../../../fixtures/temp-folder.ts"
import { systemChance } from "../../ports/chance.ts"
import { certificateFor } from "../../ports/network/test-certificates.ts"
import type { Moment, Script } from "./fixtures/far-side.ts"
import { brief, farSide, mailTo, openTestHandOver } from "./open-test-hand-over.ts"
import { openSmartHostSignIn } from "./smart-host-sign-in.ts"

/** The server's side of SCRAM, for whoever knows "s3cret"; `seen` says by which mechanism and which flag. */
function scramServer(bindingsOf: (moment: Moment) => ChannelBindings = moment => moment.bindings()) {
  const salt = Buffer.alloc(16, 1)
  const keys = scramKeys(pbkdf2Sync("s3cret", salt, 4096, 32, "sha256"))
  const seen: string[] = []
  let state: { readonly first: ClientFirst; readonly challenge: ServerFirst } | undefined
  let isProven = false
  const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64")
  const begin = (mechanism: string, message: Buffer, moment: Moment): string => {
    seen.push(`${mechanism} ${message.toString("utf8").split(",", 1)[0]}`)
    if (!isScramMechanism(mechanism)) return "504 what"
    const first = readClientFirst(mechanism, bindingsOf(moment), message)
    if (first.kind === "malformed") return "535 5.7.8 no"
    const challenge = writeServerFirst(first, { salt, iterations: 4096, random: Buffer.alloc(18, 2) })
    state = { first, challenge }
    return `334 ${base64(challenge.text)}`
  }
  const prove = (message: Buffer): string => {
    if (state === undefined) return "503 nothing was asked"
    const final = readClientFinal(state.first, state.challenge, message)
    if (final.kind === "malformed" || clientKeyFrom(final, keys.storedKey) === undefined)
      return "535 5.7.8 no"
    isProven = true
    return `334 ${base64(writeServerFinal(final, keys.serverKey))}`
  }
  const answer: Script["answer"] = (line, moment) => {
    const [verb, mechanism = "", message = ""] = line.split(" ")
    if (verb === "AUTH") return begin(mechanism, Buffer.from(message, "base64"), moment)
    if (isProven && line === "") return "235 welcome"
    return /^[A-Za-z0-9+/]{20,}=*$/.test(line) ? prove(Buffer.from(line, "base64")) : undefined
  }
  return { answer, seen }
}

const smart = certificateFor(["smart.test"])
const olderTls = createSecureContext({
  key: smart.made.key.export({ type: "pkcs8", format: "pem" }).toString(),
  cert: smart.pem,
  maxVersion: "TLSv1.2",
})

async function sendThrough(t: TestContext, script: Script, isBound = true) {
  const folder = await makeTempFolder()
  t.after(() => removeFolder(folder))
  const passwordFile = join(folder, "password")
  await writeFile(passwordFile, "s3cret\n")
  const signIn = await openSmartHostSignIn({ user: "us", passwordFile, isBound }, systemChance)
  const far = await farSide(t, script)
  const { send } = await openTestHandOver(t, {
    table: { "smart.test": { a: ["127.0.0.1"] } },
    port: 25,
    parts: { signIn, routes: { smartHost: { host: "smart.test", port: far.port }, transports: new Map() } },
  })
  const sendOne = async () => brief((await send(mailTo("bob@any.test")))[0])
  return { far, came: await sendOne(), sendOne }
}

const all = "AUTH PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"

for (const [name, tls, offers, flag] of [
  [
    "binds the sign-in to the connection where that is offered",
    smart.context,
    all,
    "SCRAM-SHA-256-PLUS p=tls-exporter",
  ],
  ["binds it to the certificate over older TLS", olderTls, all, "SCRAM-SHA-256-PLUS p=tls-server-end-point"],
  [
    "says that it could have, where it is not offered",
    smart.context,
    "AUTH PLAIN SCRAM-SHA-256",
    "SCRAM-SHA-256 y",
  ],
] as const)
  test(`${name}: ${flag}`, async t => {
    // Who does not offer it has nothing to be bound to.
    const server = scramServer(moment => (offers === all ? moment.bindings() : new Map()))
    const { came, far } = await sendThrough(t, { offers: [offers], tls, answer: server.answer })
    assert.equal(came, "handed-over 250")
    assert.deepEqual(server.seen, [flag])
    assert.equal(far.mails.length, 1)
  })

test("somebody between who takes the offer away, or is bound to another connection, gets neither sign-in nor mail", async t => {
  const other: ChannelBindings = new Map([["tls-exporter", Buffer.alloc(32, 9)]])
  for (const [offers, bindingsOf, flags] of [
    ["AUTH PLAIN SCRAM-SHA-256", undefined, ["SCRAM-SHA-256 y"]],
    [all, () => other, ["SCRAM-SHA-256-PLUS p=tls-exporter", "SCRAM-SHA-256-PLUS p=tls-server-end-point"]],
  ] as const) {
    const server = scramServer(bindingsOf)
    const { came, far } = await sendThrough(t, {
      offers: [offers],
      tls: smart.context,
      answer: server.answer,
    })
    assert.equal(came, "not-now refused 535")
    assert.deepEqual(server.seen, flags)
    assert.equal(far.mails.length, 0)
    assert.ok(!far.lines.some(line => line.startsWith("AUTH PLAIN")))
  }
})

/** A server that knows one binding alone. */
const knows =
  (name: string) =>
  (moment: Moment): ChannelBindings =>
    new Map([...moment.bindings()].filter(([each]) => each === name))

test("a smart host that knows the other binding alone is signed in to by that, and the next time by that at once", async t => {
  const server = scramServer(knows("tls-server-end-point"))
  const script: Script = { offers: [all], tls: smart.context, answer: server.answer }
  const { came, far, sendOne } = await sendThrough(t, script)
  assert.equal(came, "handed-over 250")
  const [exporter, certificate] = [
    "SCRAM-SHA-256-PLUS p=tls-exporter",
    "SCRAM-SHA-256-PLUS p=tls-server-end-point",
  ]
  assert.deepEqual(server.seen, [exporter, certificate])
  far.hangUp()
  assert.equal(await sendOne(), "handed-over 250")
  assert.deepEqual(server.seen, [exporter, certificate, certificate])
  assert.equal(far.mails.length, 2)
})

test("one that knows no binding of ours gets no mail, unless its operator says that sign-ins are not bound", async t => {
  for (const [isBound, came, flags] of [
    [
      true,
      "not-now refused 535",
      ["p=tls-exporter", "p=tls-server-end-point"].map(flag => `SCRAM-SHA-256-PLUS ${flag}`),
    ],
    [false, "handed-over 250", ["SCRAM-SHA-256 n"]],
  ] as const) {
    const server = scramServer(knows("tls-unique"))
    const script: Script = { offers: [all], tls: smart.context, answer: server.answer }
    const sent = await sendThrough(t, script, isBound)
    assert.equal(sent.came, came)
    assert.deepEqual(server.seen, flags)
    assert.ok(!sent.far.lines.some(line => line.startsWith("AUTH PLAIN")))
  }
})
