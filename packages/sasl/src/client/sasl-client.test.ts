import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import {
  type ChannelBindings,
  clientKeyFrom,
  loginClient,
  plainClient,
  readClientFinal,
  readClientFirst,
  readPlain,
  type SaslClient,
  type ScramMechanism,
  type ScramOptions,
  scramClient,
  scramKeys,
  scramMechanisms,
  writeServerFinal,
  writeServerFirst,
} from "../index.ts"
import { MAX_ITERATIONS } from "./scram-client.ts"

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64")
const random = Buffer.alloc(18, 7)
const unbound: ChannelBindings = new Map()
const bindings: ChannelBindings = new Map([
  ["tls-exporter", Buffer.alloc(32, 1)],
  ["tls-server-end-point", Buffer.alloc(32, 2)],
])
const optionsOf = (more: Partial<ScramOptions> = {}): ScramOptions => ({
  name: "user",
  secret: "pencil",
  mechanism: "SCRAM-SHA-256",
  bindings: unbound,
  random,
  ...more,
})

const say = (text: string) => Buffer.from(text, "utf8")

test("says by PLAIN what the server's side reads, and answers no challenge", async () => {
  const client = plainClient({ name: "ann@example.org", secret: "pässword" })
  const read = readPlain(client.initial ?? Buffer.alloc(0))
  assert.deepEqual(read, { kind: "plain", name: "ann@example.org", secret: "pässword" })
  assert.equal(client.complete, true)
  assert.equal(await client.respond(say("what?")), undefined)
})

test("says by LOGIN the name, then the secret, then nothing more", async () => {
  const client = loginClient({ name: "ann", secret: "secret" })
  assert.equal(client.initial, undefined)
  const answers = [await client.respond(say("User Name")), client.complete, await client.respond(say(""))]
  assert.deepEqual(answers, [say("ann"), false, say("secret")])
  assert.equal(client.complete, true)
  assert.equal(await client.respond(say("more?")), undefined)
})

test("takes no name and no secret that a mechanism cannot carry", () => {
  for (const wrong of ["", "a\0b", "x".repeat(1_025)]) {
    for (const credentials of [
      { name: wrong, secret: "x" },
      { name: "x", secret: wrong },
    ]) {
      assert.throws(() => plainClient(credentials), RangeError)
      assert.throws(() => loginClient(credentials), RangeError)
      assert.throws(() => scramClient(optionsOf(credentials)), RangeError)
    }
  }
  assert.throws(() => scramClient(optionsOf({ random: Buffer.alloc(17) })), RangeError)
  assert.throws(() => scramClient(optionsOf({ mechanism: "SCRAM-SHA-256-PLUS" })), RangeError)
})

interface Exchange {
  readonly signedIn: boolean
  readonly complete: boolean
}

/** Signs a client in at the server's side of this package, which knows `password`. */
async function exchange(
  client: SaslClient,
  password: string,
  offered: ChannelBindings,
  serverKeyOf = password,
  tail = "",
): Promise<Exchange> {
  const mechanism = scramMechanisms(offered).find(each => each === client.name)
  assert.ok(mechanism !== undefined)
  const opened = readClientFirst(mechanism, offered, client.initial ?? Buffer.alloc(0))
  if (opened.kind === "malformed") return { signedIn: false, complete: client.complete }
  const challenge = writeServerFirst(opened, { salt, iterations: 4096, random: Buffer.alloc(18, 9) })
  const answer = await client.respond(say(challenge.text))
  assert.ok(answer !== undefined)
  const final = readClientFinal(opened, challenge, answer)
  assert.ok(final.kind === "client-final")
  const keysOf = (text: string) => scramKeys(pbkdf2Sync(text, salt, 4096, 32, "sha256"))
  const signedIn = clientKeyFrom(final, keysOf(password).storedKey) !== undefined
  await client.respond(Buffer.concat([writeServerFinal(final, keysOf(serverKeyOf).serverKey), say(tail)]))
  return { signedIn, complete: client.complete }
}

test("signs in by SCRAM with the right secret alone, with a binding and without", async () => {
  for (const [mechanism, of] of [
    ["SCRAM-SHA-256", unbound],
    ["SCRAM-SHA-256-PLUS", bindings],
  ] as const) {
    const client = (secret: string) =>
      scramClient(optionsOf({ name: "us,e=r", secret, mechanism, bindings: of }))
    assert.deepEqual(await exchange(client("pencil"), "pencil", of), { signedIn: true, complete: true })
    const wrong = await exchange(client("pen"), "pencil", of)
    assert.deepEqual(wrong, { signedIn: false, complete: false })
  }
})

test("is not complete where the server does not know the secret", async () => {
  const { signedIn, complete } = await exchange(scramClient(optionsOf()), "pencil", unbound, "another")
  assert.deepEqual([signedIn, complete], [true, false])
})

test("passes over what it may of a last message's extensions, and no more", async () => {
  for (const [tail, complete] of [
    [",x=y", true],
    [",m=y", false],
    [",x", false],
  ] as const)
    assert.equal(
      (await exchange(scramClient(optionsOf()), "pencil", unbound, "pencil", tail)).complete,
      complete,
    )
})

test("knows a name and a secret in whichever way they are composed", async () => {
  const client = scramClient(optionsOf({ secret: "pa\u0308ss\u2163" }))
  assert.deepEqual(await exchange(client, "pässIV", unbound), { signedIn: true, complete: true })
})

test("is refused where it could be bound and the offer was taken away", async () => {
  const client = scramClient(optionsOf({ bindings }))
  assert.deepEqual(await exchange(client, "pencil", bindings), { signedIn: false, complete: false })
})

test("binds to the exporter before the certificate", () => {
  const initial = (of: ChannelBindings) =>
    Buffer.from(
      scramClient(optionsOf({ mechanism: "SCRAM-SHA-256-PLUS", bindings: of })).initial ?? [],
    ).toString()
  assert.match(initial(bindings), /^p=tls-exporter,,/)
  assert.match(initial(new Map([["tls-server-end-point", Buffer.alloc(32)]])), /^p=tls-server-end-point,,/)
})

const ours = Buffer.alloc(18, 7).toString("base64")

test("takes the exchange back on a first message of the server that is out of form", async () => {
  const refused = [
    ...["", "r=x", `r=${ours}`, `r=${ours},s=AAAA,i=4096`, `r=${ours}x,s=,i=4096`, `r=${ours}x,s=AAA,i=4096`],
    ...[`r=x${ours},s=AAAA,i=4096`, `r=${ours}x,s=AAAA,i=4095`, `r=${ours}x,s=AAAA,i=${MAX_ITERATIONS + 1}`],
    ...[
      `r=${ours}x,s=AAAA,i=04096`,
      `r=${ours}x,s=AAAA,i=4096x`,
      `r=${ours}x,s=AAAA`,
      `m=x,r=${ours}x,s=AAAA,i=4096`,
    ],
    ...[`r=${ours}x,s=AAAA,i=4096,m=x`, `r=${ours}\x7f,s=AAAA,i=4096`, `s=AAAA,r=${ours}x,i=4096`, "\xff"],
    ...[`r=${ours}x,s=AAAA,i=4096,x=${"y".repeat(4_096)}`, "e=other-error"],
  ]
  for (const text of refused) {
    const client = scramClient(optionsOf())
    assert.equal(await client.respond(say(text)), undefined, text)
    assert.equal(await client.respond(say(`r=${ours}x,s=AAAA,i=4096`)), undefined, "it is over")
    assert.equal(client.complete, false)
  }
  assert.ok((await scramClient(optionsOf()).respond(say(`r=${ours}x,s=AAAA,i=4096,x=y`))) !== undefined)
})

test("takes the exchange back on a last message of the server that is none", async () => {
  for (const text of ["", "v=", "v=AAAA", "e=no", `v=${Buffer.alloc(32).toString("base64")}`, "v=x,m=y"]) {
    const client = scramClient(optionsOf())
    await client.respond(say(`r=${ours}x,s=AAAA,i=4096`))
    assert.equal(await client.respond(say(text)), undefined, text)
    assert.equal(client.complete, false)
  }
})

test("takes random messages of a server without a throw and is complete after none", async () => {
  const word = fc.constantFrom("r=", ours, "x", ",", "s=", "AAAA", "i=", "4096", "v=", "e=", "\0", "=")
  const mechanism = fc.constantFrom<ScramMechanism>("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS")
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(word, { maxLength: 8 }), { maxLength: 4 }),
      mechanism,
      async (says, one) => {
        const client = scramClient(optionsOf({ mechanism: one, bindings }))
        for (const words of says) await client.respond(say(words.join("")))
        assert.equal(client.complete, false)
      },
    ),
    { numRuns: 300 },
  )
})
