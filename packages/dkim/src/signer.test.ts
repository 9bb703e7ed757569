import assert from "node:assert/strict"
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { test } from "node:test"
import fc from "fast-check"
import { dkimVerify } from "mailauth/lib/dkim/verify.js"
import { createTestKeys, mailauthResolver } from "../fixtures/signing.ts"
import type { Canon } from "./header-canon.ts"
import { createCanonicalFields } from "./header-canon.ts"
import { parseSignature } from "./signature.ts"
import { signedText } from "./signed-text.ts"
import { createDkimSigner, type DkimSigner, type SignerOptions, signText } from "./signer.ts"
import { fieldValue, splitFields } from "./split-fields.ts"
import { createDkimVerifier } from "./verifier.ts"

const domain = "sender.example"
const now = Date.UTC(2025, 0, 6, 10)
const keys = createTestKeys([domain])
const both = [
  { selector: "rsa", key: keys.rsa },
  { selector: "ed25519", key: keys.ed25519 },
]
const signerOf = (options: Partial<SignerOptions> = {}) =>
  createDkimSigner({ domain, keys: both, ...options })

const header = [
  `From: Joe <joe@${domain}>`,
  "To: sue@reader.example",
  "Subject:  A   subject \t that",
  "\tis folded  ",
  "Date: Mon, 6 Jan 2025 10:00:00 +0000",
  `Message-ID: <1@${domain}>`,
  "List-Unsubscribe: <https://sender.example/u>",
  "X-Name: caf\xe9",
  "",
].join("\r\n")
const body = ["Dear  Sue, \t", "", "\ttext ", "more \xfftext", "", "", ""].join("\r\n")
const message = `${header}\r\n${body}`

interface How {
  readonly chunk?: number
  readonly validFor?: number
}

async function sign(text: string, signer: DkimSigner = signerOf(), how: How = {}): Promise<string> {
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n")
  const signing = signer.begin()
  const chunk = how.chunk ?? bytes.length
  for (let at = end + 4; at < bytes.length; at += chunk) signing.body(bytes.subarray(at, at + chunk))
  const { validFor } = how
  const times = { now, ...(validFor === undefined ? {} : { validFor }) }
  const signed = await signing.sign(splitFields(bytes.subarray(0, end + 2)), times)
  assert.ok(signed.kind === "signed", JSON.stringify(signed))
  return signed.text + text
}

async function ourVerdicts(text: string, at = now): Promise<string[]> {
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n")
  const verifier = createDkimVerifier({ resolver: keys.resolver, now: at })
  verifier.headers(splitFields(bytes.subarray(0, end + 2)))
  verifier.body(bytes.subarray(end + 4))
  return (await verifier.finish()).map(({ result, selector }) => `${selector} ${result}`)
}

async function theirVerdicts(text: string): Promise<string[]> {
  const { results } = await dkimVerify(Buffer.from(text, "latin1"), {
    resolver: mailauthResolver(keys.texts),
    curTime: new Date(now),
    strict: true,
  })
  return results.map(({ selector, status }) => `${selector} ${status.result}`)
}

const passes = ["rsa pass", "ed25519 pass"]
const fails = ["rsa fail", "ed25519 fail"]

const canons: readonly Canon[] = ["simple", "relaxed"]
for (const headerCanon of canons) {
  for (const bodyCanon of canons) {
    test(`signs by RSA and Ed25519 in ${headerCanon}/${bodyCanon} what we and mailauth pass`, async () => {
      const whole = await sign(message, signerOf({ headerCanon, bodyCanon }))
      assert.ok(whole.includes(` c=${headerCanon}/${bodyCanon};`))
      assert.deepEqual(await ourVerdicts(whole), passes)
      assert.deepEqual(await theirVerdicts(whole), passes)
      for (const chunk of [1, 2, 7])
        assert.equal(await sign(message, signerOf({ headerCanon, bodyCanon }), { chunk }), whole)
    })
  }
}

test("makes the hash and the Ed25519 signature of RFC 8463 §A.3 from the key of §A.1", async () => {
  // RFC 8463 §A.1: the secret key, which is that of RFC 8032 §7.1, test 1.
  const seed = Buffer.from("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "base64")
  const x = Buffer.from("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "base64")
  const jwk = { kty: "OKP", crv: "Ed25519", d: seed.toString("base64url"), x: x.toString("base64url") }
  const key = createPrivateKey({ key: jwk, format: "jwk" })
  const own =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" +
    " d=football.example.com; i=@football.example.com;\r\n" +
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" +
    " subject : date : message-id : from : subject : date;\r\n" +
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n" +
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n" +
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
  const fields =
    "From: Joe SixPack <joe@football.example.com>\r\n" +
    "To: Suzie Q <suzie@shopping.example.net>\r\n" +
    "Subject: Is dinner ready?\r\n" +
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" +
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
  const text = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
  const parsed = parseSignature(own.slice(own.indexOf(":") + 1))
  assert.ok(parsed.kind === "signature")
  const { signature } = parsed
  const canonical = createCanonicalFields(splitFields(Buffer.from(fields)))
  const made = await signText(signedText(signature, own, canonical), "ed25519-sha256", key)
  assert.equal(made.toString("base64"), signature.signature.toString("base64"))

  const signer = createDkimSigner({ domain: "football.example.com", keys: [{ selector: "brisbane", key }] })
  const whole = await sign(`${fields}\r\n${text}`, signer)
  assert.ok(whole.replaceAll("\r\n ", "").includes(`bh=${signature.bodyHash.toString("base64")};`))
})

test("writes lines of at most 78 characters, t from the clock, and neither i nor l", async () => {
  const [first = "", second = ""] = splitFields(Buffer.from(await sign(message), "latin1")).map(fieldValue)
  for (const [value, algorithm, selector] of [
    [first, "rsa-sha256", "rsa"],
    [second, "ed25519-sha256", "ed25519"],
  ] as const) {
    for (const line of `DKIM-Signature:${value}`.split("\r\n")) assert.ok(line.length <= 78, line)
    const bare = value.replace(/\s+/g, "")
    const start = `v=1;a=${algorithm};c=relaxed/relaxed;d=${domain};s=${selector};t=${now / 1000};h=from:from:`
    assert.equal(bare.slice(0, start.length), start)
    assert.doesNotMatch(bare, /;[ilxzq]=/)
    assert.match(bare, /;bh=[A-Za-z0-9+/]{43}=;b=[A-Za-z0-9+/]+=*$/)
  }
})

test("writes lines of at most 78 characters for names of every length", async () => {
  const seen = new Set<number>()
  for (let length = 1; length <= 60; length += 1) {
    const at = { domain: `${"d".repeat(length)}.example`, keys: [{ selector: "s", key: keys.ed25519 }] }
    const signed = await sign(`${"To: x\r\n".repeat(length)}${message}`, signerOf(at))
    const lines = signed.slice(0, signed.indexOf("To: x")).split("\r\n")
    for (const line of lines) seen.add(line.length)
  }
  assert.equal(Math.max(...seen), 78)
})

test("sets an end from the clock, which verifiers heed", async () => {
  const signed = await sign(message, signerOf(), { validFor: 3_600_000 })
  assert.ok(signed.includes(` x=${now / 1000 + 3600};`))
  assert.deepEqual(await ourVerdicts(signed, now + 3_600_000), passes)
  assert.deepEqual(await ourVerdicts(signed, now + 3_601_000), fails)
  const brief = await sign(message, signerOf(), { validFor: 0 })
  assert.deepEqual(await ourVerdicts(brief), passes)
})

test("lets nobody add a field that a reader looks at, nor change or take away one that was signed", async () => {
  const signed = await sign(message)
  const top = [
    ...["From: x@evil.example", "Subject: x", "Date: x", "To: x", "Cc: x", "Reply-To: x@evil.example"],
    ...["Message-ID: <x>", "In-Reply-To: <x>", "References: <x>", "MIME-Version: 1.0"],
    ...["Content-Type: text/html", "Content-Transfer-Encoding: base64"],
  ]
  for (const field of top) {
    assert.deepEqual(await ourVerdicts(`${field}\r\n${signed}`), fails, field)
    assert.deepEqual(await theirVerdicts(`${field}\r\n${signed}`), fails, field)
  }
  for (const [from, to] of [
    ["sue@", "eve@"],
    ["text", "lies"],
    ["List-Unsubscribe: <https://sender.example/u>\r\n", ""],
  ] as const) {
    assert.deepEqual(await ourVerdicts(signed.replace(from, to)), fails, from)
    assert.deepEqual(await theirVerdicts(signed.replace(from, to)), fails, from)
  }
})

test("lets those on the way add what is theirs", async () => {
  const signed = await sign(message)
  for (const field of [
    "Received: x",
    "List-Id: <x>",
    "Sender: x@list.example",
    "Authentication-Results: x",
  ]) {
    assert.deepEqual(await ourVerdicts(`${field}\r\n${signed}`), passes, field)
    assert.deepEqual(await theirVerdicts(`${field}\r\n${signed}`), passes, field)
  }
})

test("covers each field of a list where it is there, as often as it is", async () => {
  const names = [
    ...["Sender", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Post"],
    ...["List-Help", "List-Owner", "List-Archive", "List-Subscribe"],
  ]
  for (const name of names) {
    const signed = await sign(`${name}: one\r\n${name}: two\r\n${message}`)
    assert.deepEqual(await ourVerdicts(signed), passes)
    assert.deepEqual(await ourVerdicts(signed.replace(`${name}: one\r\n`, "")), fails, name)
  }
})

test("signs a message with an empty body, and one without an end of line", async () => {
  for (const text of [`${header}\r\n`, `${header}\r\nx`, `${header}\r\n\r\n\r\n`]) {
    for (const bodyCanon of canons) {
      const signed = await sign(text, signerOf({ bodyCanon }))
      assert.deepEqual(await ourVerdicts(signed), passes)
      assert.deepEqual(await theirVerdicts(signed), passes)
    }
  }
})

async function unsigned(text: string): Promise<string> {
  const signed = await signerOf()
    .begin()
    .sign(splitFields(Buffer.from(text)), { now })
  return signed.kind === "signed" ? "signed" : signed.why
}

test("does not sign without exactly one From, nor more fields than a verifier looks at", async () => {
  assert.equal(await unsigned("To: x\r\n"), "not-one-from")
  assert.equal(await unsigned("From: x\r\nfrom: y\r\n"), "not-one-from")
  // 12 names once more than they are there.
  assert.equal(await unsigned(`From: x\r\n${"To: x\r\n".repeat(256 - 13)}`), "signed")
  assert.equal(await unsigned(`From: x\r\n${"To: x\r\n".repeat(256 - 12)}`), "too-many-fields")
  assert.equal(await unsigned(`From: x\r\n${"X-Any: x\r\n".repeat(1_000)}`), "signed")
})

test("takes only names and keys that are of use", () => {
  const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength })
  const weak = rsa(1024).privateKey
  const { publicKey } = rsa(2048)
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  const only = (key: KeyObject) => ({ keys: [{ selector: "s", key }] })
  for (const key of [weak, publicKey, elliptic]) assert.throws(() => signerOf(only(key)))
  for (const name of ["", "localhost", "a b.example", "a;b.example", "a\r\nb.example"])
    assert.throws(() => signerOf({ domain: name }), name)
  for (const selector of ["", "a b", "a;", "a=\r\n"])
    assert.throws(() => signerOf({ keys: [{ selector, key: keys.ed25519 }] }), selector)
  assert.throws(() => signerOf({ keys: [] }))
  assert.throws(() => signerOf({ keys: [...both, ...both] }), /different/)
  const many = [1, 2, 3, 4, 5].map(at => ({ selector: `s${at}`, key: keys.ed25519 }))
  assert.throws(() => signerOf({ keys: many }))
  signerOf({ keys: many.slice(1) })
})

test("writes international names as A-labels, and long ones on lines of their own", async () => {
  const signed = await sign(message, signerOf({ domain: "bücher.example" }))
  assert.ok(signed.includes(" d=xn--bcher-kva.example;"))
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.example`
  const wide = await sign(message, signerOf({ domain: long }))
  assert.ok(wide.includes(`\r\n d=${long};\r\n `))
})

test("signs what both verifiers pass, whatever the message and however it comes", async () => {
  const word = fc.constantFrom(
    " ",
    "  ",
    "\t",
    "x",
    "\xe9",
    "\0",
    ":",
    ";",
    "=",
    "\r\n",
    ".",
    "b=",
    "longer words",
  )
  const value = fc
    .array(fc.constantFrom(" ", "  ", "\t", "x", "\xe9", "; b=", ":", "\r\n x", "\r\n\t"), { maxLength: 8 })
    // A line of blanks alone ends a header for some: our doors let none in.
    .map(parts => `x${parts.join("")}x`.replace(/\r\n[ \t]+(?=\r\n)/g, ""))
  const name = fc.constantFrom("To", "Subject", "X-Any", "List-Id", "content-type", "DATE", "Received", "Cc")
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, value), { maxLength: 8 }),
      fc.array(word, { maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...canons),
      fc.constantFrom(...canons),
      async (fields, words, chunk, headerCanon, bodyCanon) => {
        const head = [`From: joe@${domain}`, ...fields.map(([left, right]) => `${left}: ${right}`)].join(
          "\r\n",
        )
        const signed = await sign(`${head}\r\n\r\n${words.join("")}`, signerOf({ headerCanon, bodyCanon }), {
          chunk,
        })
        assert.deepEqual(await ourVerdicts(signed), passes)
        assert.deepEqual(await theirVerdicts(signed), passes)
      },
    ),
    { numRuns: 150 },
  )
})
