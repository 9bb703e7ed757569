import assert from "node:assert/strict"
import { test } from "node:test"
import { createBodyHashes, createKeyCache, splitFields } from "@letterkeep/dkim"
import { createTableResolver, type Resolver } from "@letterkeep/dns"
import fc from "fast-check"
import { arc as mailauthArc, sealMessage } from "mailauth/lib/arc/index.js"
import { dkimVerify } from "mailauth/lib/dkim/verify.js"
import { createTestKeys, mailauthResolver, signMessage } from "../../dkim/fixtures/signing.ts"
import { type ArcOutcome, createArcVerifier } from "./verifier.ts"

const sealers = ["one.example", "two.example", "three.example"]
const keys = createTestKeys([...sealers, "sender.example"])
const now = Date.UTC(2025, 0, 6, 10)

const message = [
  "From: Joe <joe@sender.example>",
  "To: list@one.example",
  "Subject: hello",
  "Date: Mon, 6 Jan 2025 10:00:00 +0000",
  "Message-ID: <1@sender.example>",
  "",
  "Some  text\t",
  "",
].join("\r\n")

/** mailauth seals: an implementation that is not ours. */
async function seal(
  text: string,
  signingDomain: string,
  kind: "rsa" | "ed25519",
  cv: "none" | "pass" | "fail",
): Promise<string> {
  const fields = await sealMessage(Buffer.from(text, "latin1"), {
    signingDomain,
    selector: kind,
    privateKey: keys[kind].export({ type: "pkcs8", format: "pem" }).toString(),
    authResults: `mx.${signingDomain}; dmarc=pass header.from=sender.example`,
    cv,
  })
  return fields.toString("latin1") + text
}

async function sealBy(domains: readonly string[]): Promise<string> {
  let text = await signMessage(message, keys, { kind: "rsa", domain: "sender.example" })
  for (const [at, domain] of domains.entries()) {
    text = await seal(text, domain, at % 2 === 0 ? "rsa" : "ed25519", at === 0 ? "none" : "pass")
  }
  return text
}

async function check(
  text: string,
  resolver: Resolver = keys.resolver,
  isTrusted: (sealer: string) => boolean = () => true,
): Promise<ArcOutcome> {
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n")
  const hashes = createBodyHashes()
  const verifier = createArcVerifier({ resolver, keys: createKeyCache(), now }, hashes, isTrusted)
  verifier.headers(splitFields(bytes.subarray(0, end + 2)))
  hashes.update(bytes.subarray(end + 4))
  hashes.finish()
  return verifier.finish()
}

test("passes chains that mailauth sealed, and names their sealers from the newest on", async () => {
  for (let count = 1; count <= sealers.length; count += 1) {
    const outcome = await check(await sealBy(sealers.slice(0, count)))
    assert.equal(outcome.result, "pass", outcome.reason)
    assert.deepEqual(outcome.sealers, sealers.slice(0, count).reverse())
    assert.match(outcome.firstResults ?? "", /mx\.one\.example;\s+dmarc=pass/)
  }
})

test("finds no chain in a message without one", async () => {
  assert.equal((await check(message)).result, "none")
})

test("fails a chain whose message was changed after the last seal, whoever changed it before", async () => {
  const sealed = await sealBy(sealers)
  assert.equal((await check(sealed.replace("Some  text", "Other text"))).result, "fail")
  assert.equal((await check(sealed.replace("Subject: hello", "Subject: hell"))).result, "fail")
  const twice = await seal(
    (await sealBy(["one.example"])).replace("hello", "[list] hello"),
    "two.example",
    "rsa",
    "pass",
  )
  assert.equal((await check(twice)).result, "pass")
})

test("fails a chain with a set changed, missing, doubled or numbered wrong", async () => {
  const sealed = await sealBy(sealers)
  const changes: [string, (text: string) => string][] = [
    ["results changed", text => text.replace("dmarc=pass", "dmarc=fail")],
    ["seal missing", text => text.replace(/ARC-Seal: i=2;(?:.*\r\n)(?:[ \t].*\r\n)*/, "")],
    ["set missing", text => text.replace(/ARC-[A-Za-z-]+: i=2;(?:.*\r\n)(?:[ \t].*\r\n)*/g, "")],
    ["field doubled", text => `ARC-Authentication-Results: i=1; x; none\r\n${text}`],
    ["number too high", text => `ARC-Authentication-Results: i=51; x; none\r\n${text}`],
    ["number zero", text => `ARC-Authentication-Results: i=0; x; none\r\n${text}`],
    ["first says pass", text => text.replace("cv=none", "cv=pass")],
    ["later says none", text => text.replace("cv=pass", "cv=none")],
    ["body hash in a seal", text => text.replace("cv=pass;", "cv=pass; bh=YWJj;")],
  ]
  for (const [what, change] of changes) {
    const changed = change(sealed)
    assert.notEqual(changed, sealed, what)
    assert.equal((await check(changed)).result, "fail", what)
  }
})

test("fails a chain that says of itself that it is broken", async () => {
  const sealed = await seal(await sealBy(["one.example"]), "two.example", "rsa", "fail")
  const { result, reason } = await check(sealed)
  assert.deepEqual([result, reason], ["fail", "Set 2 says that the chain was broken before it."])
})

test("says that a chain failed for want of an answer from the DNS", async () => {
  const table = Object.fromEntries(Object.entries(keys.texts).map(([name, text]) => [name, { txt: [text] }]))
  const silent = createTableResolver({ ...table, "ed25519._domainkey.two.example": { fails: "timeout" } })
  const outcome = await check(await sealBy(sealers.slice(0, 2)), silent)
  assert.deepEqual([outcome.result, outcome.isTemporary], ["fail", true])
})

test("asks nothing about a chain in which one sealer is not trusted, and says that it was not checked", async () => {
  const sealed = await sealBy(sealers)
  const never = (name: string) => assert.fail(name)
  const deaf: Resolver = { txt: never, a: never, aaaa: never, mx: never, ptr: never }
  const outcome = await check(sealed, deaf, sealer => sealer !== "two.example")
  assert.deepEqual(outcome, {
    result: "unchecked",
    reason: "The chain was not checked: this server does not trust two.example.",
    sealers: [],
  })
  assert.equal((await check(sealed, keys.resolver, sealer => sealers.includes(sealer))).result, "pass")
})

test("stays quick on fifty sets that fit nothing", async () => {
  let text = ""
  for (let instance = 1; instance <= 50; instance += 1) {
    const tags = `i=${instance}; a=rsa-sha256; d=one.example; s=rsa; b=YWJj`
    text += `ARC-Seal: ${tags}; cv=${instance === 1 ? "none" : "pass"}\r\n`
    text += `ARC-Message-Signature: ${tags}; bh=YWJj; h=from\r\nARC-Authentication-Results: i=${instance}; x; none\r\n`
  }
  assert.equal((await check(text + message)).result, "fail")
})

test("agrees with mailauth about mutated chains", async () => {
  const originals = [await sealBy(sealers.slice(0, 1)), await sealBy(sealers)]
  const piece = fc.constantFrom("", " ", "x", ";", "=", "1", "2", "\r\n ", "pass")
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { minLength: 1, maxLength: 2 }),
      async (original, edits) => {
        const mutated = edits.reduce((text, [at, drop, insert]) => {
          const place = at % text.length
          return text.slice(0, place) + insert + text.slice(place + drop)
        }, original)
        const text = mutated.replace(/\r?\n|\r/g, "\r\n")
        const [header = ""] = text.split("\r\n\r\n", 1)
        if (
          !header
            .split("\r\n")
            .every((line, at) => /^[!-9;-~]+[ \t]*:/.test(line) || (at > 0 && /^[ \t]/.test(line))) ||
          header === text
        )
          return
        const resolver = mailauthResolver(keys.texts)
        const { arc } = await dkimVerify(Buffer.from(text, "latin1"), {
          resolver,
          curTime: new Date(now),
          strict: true,
        })
        // Its own types differ in what may be undefined.
        const chain = arc as Parameters<typeof mailauthArc>[0]
        const theirs = (await mailauthArc(chain, { resolver, strict: true })).status.result
        const ours = await check(text)
        // Characters in a signature that are not base64 do not disturb mailauth.
        if (theirs === "pass" && /cannot be read/.test(ours.reason)) return
        assert.equal(ours.result === "pass", theirs === "pass", JSON.stringify({ text, ours, theirs }))
      },
    ),
    { numRuns: 300 },
  )
})
