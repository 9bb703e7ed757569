import assert from "node:assert/strict"
import { pbkdf2Sync } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { createScramClient } from "../../fixtures/scram-client.ts"
import {
  type ChannelBindings,
  type ClientFirst,
  clientKeyFrom,
  readClientFinal,
  readClientFirst,
  type ScramMechanism,
  scramKeys,
  scramMechanisms,
  writeServerFinal,
  writeServerFirst,
} from "../index.ts"
import { MAX_MESSAGE, MAX_NONCE } from "./grammar.ts"

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64")
const keysOf = (password: string) => scramKeys(pbkdf2Sync(password, salt, 4096, 32, "sha256"))
const pencil = keysOf("pencil")
const random = Buffer.alloc(18, 7)
const unbound: ChannelBindings = new Map()
const bindings: ChannelBindings = new Map([
  ["tls-exporter", Buffer.alloc(32, 1)],
  ["tls-server-end-point", Buffer.alloc(32, 2)],
])

function first(text: string, mechanism: ScramMechanism = "SCRAM-SHA-256", bound = unbound): ClientFirst {
  const read = readClientFirst(mechanism, bound, Buffer.from(text, "utf8"))
  assert(read.kind === "client-first", JSON.stringify(read))
  return read
}

function whyNot(text: string, mechanism: ScramMechanism = "SCRAM-SHA-256", bound = unbound): string {
  const read = readClientFirst(mechanism, bound, Buffer.from(text, "utf8"))
  return read.kind === "malformed" ? read.why : "it was taken"
}

test("goes through the exchange that RFC 7677 publishes, word for word", () => {
  const opened = first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
  assert.deepEqual([opened.name, opened.nonce], ["user", "rOprNGfwEbeRWgbNEkqO"])
  // the RFC's server nonce is no base 64 of 18 octets: its message is taken as it stands
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
  const serverFirst = { nonce, text: `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096` }
  const proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
  const final = readClientFinal(opened, serverFirst, Buffer.from(`c=biws,r=${nonce},p=${proof}`))
  assert(final.kind === "client-final")
  assert.deepEqual(clientKeyFrom(final, pencil.storedKey), pencil.clientKey)
  assert.equal(
    writeServerFinal(final, pencil.serverKey).toString(),
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  )
})

test("signs in who has the password and nobody else, with every binding and without", () => {
  const ways = [undefined, "tls-exporter", "tls-server-end-point"] as const
  for (const type of ways) {
    const mechanism = type === undefined ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS"
    for (const password of ["pencil", "pencils"]) {
      const binding =
        type === undefined ? {} : { binding: { type, octets: bindings.get(type) ?? Buffer.alloc(0) } }
      const client = createScramClient({ name: "us,e=r", password, ...binding })
      const opened = readClientFirst(mechanism, bindings, client.first)
      assert(opened.kind === "client-first" && opened.name === "us,e=r")
      const challenge = writeServerFirst(opened, { salt, iterations: 4096, random })
      const final = readClientFinal(opened, challenge, client.final(Buffer.from(challenge.text)))
      assert(final.kind === "client-final")
      const found = clientKeyFrom(final, pencil.storedKey)
      assert.deepEqual(found, password === "pencil" ? pencil.clientKey : undefined)
      if (password !== "pencil") continue
      assert.equal(client.accepts(writeServerFinal(final, pencil.serverKey)), true)
      assert.equal(client.accepts(writeServerFinal(final, keysOf("other").serverKey)), false)
    }
  }
})

test("offers the bound kind where there is something to be bound to", () => {
  assert.deepEqual(scramMechanisms(unbound), ["SCRAM-SHA-256"])
  assert.deepEqual(scramMechanisms(bindings), ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
})

test("refuses a client that was kept from seeing the offer of a binding", () => {
  assert.match(whyNot("y,,n=u,r=x", "SCRAM-SHA-256", bindings), /taken away/)
  assert.equal(whyNot("y,,n=u,r=x"), "it was taken")
  assert.equal(whyNot("n,,n=u,r=x", "SCRAM-SHA-256", bindings), "it was taken")
})

test("refuses flags of the binding that do not fit the mechanism or the connection", () => {
  const plus = "SCRAM-SHA-256-PLUS"
  assert.match(whyNot("n,,n=u,r=x", plus, bindings), /without a binding/)
  assert.match(whyNot("y,,n=u,r=x", plus, bindings), /without a binding/)
  assert.match(whyNot("p=tls-exporter,,n=u,r=x", "SCRAM-SHA-256", bindings), /without -PLUS/)
  assert.match(whyNot("p=tls-unique,,n=u,r=x", plus, bindings), /has not/)
  assert.match(whyNot("p=tls-exporter,,n=u,r=x", plus, unbound), /has not/)
  for (const flag of ["", "p", "p=", "p=tls exporter", `p=${"x".repeat(65)}`, "N", "x", "F"]) {
    assert.match(whyNot(`${flag},,n=u,r=x`, plus, bindings), /no such flag/, flag)
  }
})

test("refuses first messages out of form", () => {
  const refused = [
    ...[
      "",
      ",",
      "n,,",
      "n,,n=u",
      "n,n=u,r=x",
      "n,,r=x,n=u",
      "n,,n=,r=x",
      "n,,u,r=x",
      "n,,n=u,r=",
      "n,,n=u,x=r",
    ],
    ...[
      "n,,n=a=b,r=x",
      "n,,n=a=2,r=x",
      "n,,n=a=2c,r=x",
      "n,,n=a=,r=x",
      "n,,n=a\0b,r=x",
      "n,,n=u,r=a b",
      "n,,n=u,r=ä",
    ],
    ...[
      "n,,m=x,n=u,r=x",
      "n,,n=u,r=x,m=y",
      "n,,n=u,r=x,",
      "n,,n=u,r=x,y",
      "n,a=v,n=u,r=x",
      "n,u,n=u,r=x",
      "n,a=,n=u,r=x",
    ],
    ...[
      `n,,n=u,r=${"x".repeat(MAX_NONCE + 1)}`,
      `n,,n=${"u".repeat(1025)},r=x`,
      `n,,n=u,r=x,e=${"y".repeat(MAX_MESSAGE)}`,
    ],
  ]
  for (const text of refused) assert.notEqual(whyNot(text), "it was taken", JSON.stringify(text.slice(0, 60)))
  const octets = Buffer.concat([Buffer.from("n,,n="), Buffer.from([0xc3, 0x28]), Buffer.from(",r=x")])
  assert.equal(readClientFirst("SCRAM-SHA-256", unbound, octets).kind, "malformed")
})

test("takes a name to act as that is the name itself, and extensions that it need not know", () => {
  assert.equal(first("n,a=u=2C=3D,n=u=2C=3D,r=x").name, "u,=")
  assert.equal(first("n,,n=müller@example.org,r=x,e=one,f=two").name, "müller@example.org")
  assert.equal(first(`n,,n=u,r=${"x".repeat(MAX_NONCE)}`).nonce.length, MAX_NONCE)
})

test("refuses final messages out of form, of another exchange or of another connection", () => {
  const opened = first("n,,n=u,r=abc")
  const challenge = writeServerFirst(opened, { salt, iterations: 4096, random })
  const proof = Buffer.alloc(32, 5).toString("base64")
  const take = (text: string) => readClientFinal(opened, challenge, Buffer.from(text)).kind
  assert.equal(take(`c=biws,r=${challenge.nonce},p=${proof}`), "client-final")
  assert.equal(take(`c=biws,r=${challenge.nonce},e=x,p=${proof}`), "client-final")
  const refused = [
    ...[
      "",
      ",",
      "p=",
      `p=${proof}`,
      `c=biws,p=${proof}`,
      `c=biws,r=${challenge.nonce}`,
      `r=${challenge.nonce},c=biws,p=${proof}`,
    ],
    ...[
      `c=biws,r=abc,p=${proof}`,
      `c=biws,r=${challenge.nonce}x,p=${proof}`,
      `c=eSws,r=${challenge.nonce},p=${proof}`,
    ],
    ...[
      `c=biw,r=${challenge.nonce},p=${proof}`,
      `c=,r=${challenge.nonce},p=${proof}`,
      `biws,r=${challenge.nonce},p=${proof}`,
    ],
    ...[
      `c=biws,r=${challenge.nonce},p=`,
      `c=biws,r=${challenge.nonce},p=AAAA`,
      `c=biws,r=${challenge.nonce},p=${proof},`,
    ],
    ...[
      `c=biws,r=${challenge.nonce},m=x,p=${proof}`,
      `c=biws,r=${challenge.nonce},e=${"x".repeat(MAX_MESSAGE)},p=${proof}`,
    ],
  ]
  for (const text of refused) assert.equal(take(text), "malformed", text.slice(0, 80))
  assert.equal(readClientFinal(opened, challenge, Buffer.from([0xff])).kind, "malformed")
})

test("notices whoever stands between: octets of another connection do not fit", () => {
  const octets = Buffer.alloc(32, 9)
  const client = createScramClient({
    name: "u",
    password: "pencil",
    binding: { type: "tls-exporter", octets },
  })
  const opened = readClientFirst("SCRAM-SHA-256-PLUS", bindings, client.first)
  assert(opened.kind === "client-first")
  const challenge = writeServerFirst(opened, { salt, iterations: 4096, random })
  const final = readClientFinal(opened, challenge, client.final(Buffer.from(challenge.text)))
  assert.deepEqual(final, { kind: "malformed", why: "bound to another connection" })
})

test("finds the key of a proof, and no key for a proof with any bit turned", () => {
  const client = createScramClient({ name: "u", password: "pencil" })
  const opened = first(client.first.toString())
  const challenge = writeServerFirst(opened, { salt, iterations: 4096, random })
  const final = readClientFinal(opened, challenge, client.final(Buffer.from(challenge.text)))
  assert(final.kind === "client-final")
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), bit => {
      const proof = Buffer.from(final.proof)
      proof.writeUInt8(proof.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.equal(clientKeyFrom({ ...final, proof }, pencil.storedKey), undefined)
    }),
  )
})

test("never sends fewer iterations than the RFC asks for, nor a nonce that is not random", () => {
  const opened = first("n,,n=u,r=abc")
  assert.throws(() => writeServerFirst(opened, { salt, iterations: 4095, random }), RangeError)
  assert.throws(
    () => writeServerFirst(opened, { salt: Buffer.alloc(0), iterations: 4096, random }),
    RangeError,
  )
  assert.throws(
    () => writeServerFirst(opened, { salt, iterations: 4096, random: Buffer.alloc(0) }),
    RangeError,
  )
})

test("throws at no octets, whatever they are", () => {
  const word = fc.constantFrom(
    "n",
    "y",
    "p=tls-exporter",
    ",",
    "n=",
    "r=",
    "a=",
    "=2C",
    "=",
    "m=x",
    "c=biws",
    "p=",
    "é",
  )
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(word, { maxLength: 12 }).map(words => Buffer.from(words.join(""))),
  )
  const opened = first("n,,n=u,r=abc")
  const challenge = writeServerFirst(opened, { salt, iterations: 4096, random })
  fc.assert(
    fc.property(noise, octets => {
      for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] as const) {
        const read = readClientFirst(mechanism, bindings, octets)
        if (read.kind === "client-first") assert.ok(read.name.length > 0 && read.nonce.length > 0)
      }
      assert.equal(readClientFinal(opened, challenge, octets).kind, "malformed")
    }),
    { numRuns: 2_000 },
  )
})
