import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver, type Resolver } from "@letterkeep/dns"
import fc from "fast-check"
import { dkimVerify } from "mailauth/lib/dkim/verify.js"
import { createTestKeys, mailauthResolver, resolverOf, signMessage } from "../fixtures/signing.ts"
import { splitFields } from "./split-fields.ts"
import { createDkimVerifier, type DkimResult } from "./verifier.ts"

const domain = "sender.example"
const now = Date.UTC(2025, 0, 6, 10)
const keys = createTestKeys([domain])

const message = [
  `From: Joe <joe@${domain}>`,
  "To: sue@reader.example",
  "Subject:  A   subject \t that",
  "\tis folded  ",
  "Date: Mon, 6 Jan 2025 10:00:00 +0000",
  `Message-ID: <1@${domain}>`,
  "",
  "Dear  Sue, \t",
  "",
  "\ttext ",
  "more text",
  "",
  "",
  "",
].join("\r\n")

async function check(
  text: string,
  resolver: Resolver = keys.resolver,
  chunk = 1 << 20,
): Promise<DkimResult[]> {
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n")
  const verifier = createDkimVerifier({ resolver, now })
  verifier.headers(splitFields(bytes.subarray(0, end + 2)))
  for (let at = end + 4; at < bytes.length; at += chunk) verifier.body(bytes.subarray(at, at + chunk))
  return verifier.finish()
}

const resultsOf = async (...of: Parameters<typeof check>) => (await check(...of)).map(({ result }) => result)

/** RFC 8463 §A.2 and §A.3. */
const rfc8463Texts = {
  "brisbane._domainkey.football.example.com":
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
  "test._domainkey.football.example.com":
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08" +
    "a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM" +
    "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}
const rfc8463Message = [
  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=brisbane; t=1528637909; h=from : to :",
  " subject : date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus",
  " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=test; t=1528637909; h=from : to : subject :",
  " date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
  " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
  " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
  "From: Joe SixPack <joe@football.example.com>",
  "To: Suzie Q <suzie@shopping.example.net>",
  "Subject: Is dinner ready?",
  "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
  "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
  "",
  "Hi.",
  "",
  "We lost the game.  Are you hungry yet?",
  "",
  "Joe.",
  "",
].join("\r\n")

test("passes both signatures of RFC 8463 §A.3", async () => {
  const results = await check(rfc8463Message, resolverOf(rfc8463Texts))
  assert.deepEqual(
    results.map(({ result, selector, keyBits }) => [result, selector, keyBits]),
    [
      ["pass", "brisbane", 256],
      ["pass", "test", 1024],
    ],
  )
  assert.deepEqual(await resultsOf(rfc8463Message.replace("game", "cup"), resolverOf(rfc8463Texts)), [
    "fail",
    "fail",
  ])
})

for (const canonicalization of ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]) {
  for (const kind of ["rsa", "ed25519"] as const) {
    test(`passes what mailauth signed with ${kind} in ${canonicalization}, in chunks of any length`, async () => {
      const signed = await signMessage(message, keys, { kind, domain, canonicalization })
      for (const chunk of [1, 2, 3, 7, 1 << 20])
        assert.deepEqual(await resultsOf(signed, keys.resolver, chunk), ["pass"])
    })
  }
}

test("finds a changed body and a changed header apart", async () => {
  const signed = await signMessage(message, keys, { kind: "rsa", domain })
  const [body] = await check(signed.replace("more text", "less text"))
  assert.match(body?.reason ?? "", /body/)
  const [header] = await check(signed.replace("sue@", "eve@"))
  assert.match(header?.reason ?? "", /header/)
})

test("finds a field that was added where the signer said there is none", async () => {
  assert.match(rfc8463Message, /subject : date : message-id : from : subject : date/)
  const added = rfc8463Message.replace("Subject:", "Subject: another\r\nSubject:")
  assert.deepEqual(await resultsOf(added, resolverOf(rfc8463Texts)), ["fail", "fail"])
})

test("does not count an expired signature", async () => {
  const signTime = now - 100_000
  const signed = await signMessage(message, keys, { kind: "rsa", domain, signTime, expires: now - 1000 })
  assert.deepEqual(await check(signed).then(([first]) => first?.reason), "The signature has expired.")
  const fresh = await signMessage(message, keys, { kind: "rsa", domain, signTime, expires: now + 1000 })
  assert.deepEqual(await resultsOf(fresh), ["pass"])
})

test("does not take text after the signed length as signed", async () => {
  const maxBodyLength = 12
  const signed = await signMessage(message, keys, { kind: "rsa", domain, maxBodyLength })
  assert.match(signed, /l=12/)
  const [outcome] = await check(signed)
  assert.deepEqual(
    [outcome?.result, outcome?.reason],
    ["policy", "Only 12 of 31 bytes of the body were signed."],
  )
})

test("says what is the matter with a key", async () => {
  const signed = await signMessage(message, keys, { kind: "rsa", domain })
  const name = `rsa._domainkey.${domain}`
  const good = keys.texts[name] ?? ""
  assert.deepEqual(await resultsOf(signed, resolverOf({})), ["permerror"])
  assert.deepEqual(await resultsOf(signed, createTableResolver({ [name]: { fails: "servfail" } })), [
    "temperror",
  ])
  assert.deepEqual(await resultsOf(signed, resolverOf({ [name]: "v=DKIM1; p=" })), ["permerror"])
  const wrongKind = keys.texts[`ed25519._domainkey.${domain}`] ?? ""
  assert.deepEqual(await resultsOf(signed, resolverOf({ [name]: wrongKind })), ["permerror"])
  const [tried] = await check(signed, resolverOf({ [name]: `${good}; t=y` }))
  assert.deepEqual([tried?.result, tried?.isTesting], ["pass", true])
  const several = createTableResolver({ [name]: { txt: ["some other text", good] } })
  assert.deepEqual(await resultsOf(signed, several), ["pass"])
})

test("asks for keys before the body comes, and not for those of wrong signatures", async () => {
  const signed = await signMessage(message, keys, { kind: "rsa", domain })
  const asked: string[] = []
  const resolver = {
    ...keys.resolver,
    txt: (name: string) => keys.resolver.txt(asked[asked.push(name) - 1] ?? ""),
  }
  const verifier = createDkimVerifier({ resolver, now })
  const wrong = signed.slice(0, signed.indexOf("From:")).replace("a=rsa-sha256", "a=rsa-sha1")
  verifier.headers(splitFields(Buffer.from(wrong + signed.slice(0, signed.indexOf("\r\n\r\n") + 2))))
  assert.deepEqual(asked, [`rsa._domainkey.${domain}`])
})

test("checks five signatures and says so of a sixth", async () => {
  const signed = await signMessage(message, keys, { kind: "rsa", domain })
  const signature = signed.slice(0, signed.indexOf("From:"))
  const results = await check(signature.repeat(6) + signed)
  assert.equal(results.length, 6)
  assert.deepEqual(
    results.map(({ result }) => result),
    ["pass", "pass", "pass", "pass", "pass", "policy"],
  )
})

test("finds no signature in a message that has none", async () => {
  assert.deepEqual(await check(message), [])
})

test("agrees with mailauth about mutated messages", async () => {
  const originals: string[] = []
  for (const canonicalization of ["simple/simple", "relaxed/relaxed", "relaxed/simple", "simple/relaxed"]) {
    for (const kind of ["rsa", "ed25519"] as const) {
      originals.push(
        await signMessage(message, keys, { kind, domain, canonicalization, signTime: now - 1000 }),
      )
    }
  }
  const piece = fc.constantFrom(
    "",
    " ",
    "  ",
    "\t",
    "\r\n",
    "\r\n ",
    "x",
    ";",
    "=",
    ":",
    "\r\n\r\n",
    "é",
    "From: e@x.example\r\n",
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { minLength: 1, maxLength: 3 }),
      async (original, edits) => {
        const mutated = edits.reduce((text, [at, drop, insert]) => {
          const place = at % text.length
          return text.slice(0, place) + insert + text.slice(place + drop)
        }, original)
        // Both are given mail with whole line ends only, as the SMTP door lets nothing else in.
        const text = mutated.replace(/\r?\n|\r/g, "\r\n")
        const [header = ""] = text.split("\r\n\r\n", 1)
        // mailauth takes a line without a colon for a continuation; to us it is a field without a name.
        if (
          !header
            .split("\r\n")
            .every((line, at) => /^[!-9;-~]+[ \t]*:/.test(line) || (at > 0 && /^[ \t]/.test(line))) ||
          header === text
        )
          return
        const outcomes = await check(text)
        // Nor does it mind characters in a signature that are not base64.
        if (outcomes.some(({ reason }) => reason === "The signature is not base64.")) return
        const ours = outcomes.map(({ result }) => result)
        const { results } = await dkimVerify(Buffer.from(text, "latin1"), {
          resolver: mailauthResolver(keys.texts),
          curTime: new Date(now),
          strict: true,
        })
        const theirs = results.map(({ status }) => status.result).filter(result => result !== "none")
        assert.deepEqual(
          ours.map(result => result === "pass"),
          theirs.map(result => result === "pass"),
          JSON.stringify({ text, ours, theirs }),
        )
      },
    ),
    { numRuns: 600 },
  )
})

test("leaves nothing unhandled of a resolver that rejects, whether the results are asked for or not", async t => {
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on("unhandledRejection", note)
  t.after(() => process.off("unhandledRejection", note))
  const broken: Resolver = {
    ...createTableResolver({}),
    txt: async () => Promise.reject(new TypeError("a bug")),
  }
  const signed = Buffer.from(await signMessage(message, keys, { kind: "ed25519", domain }), "latin1")
  const begin = () => {
    const verifier = createDkimVerifier({ resolver: broken, now })
    verifier.headers(splitFields(signed.subarray(0, signed.indexOf("\r\n\r\n") + 2)))
    return verifier
  }
  const [finished] = [begin(), begin()]
  for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
  await assert.rejects(finished.finish(), TypeError)
  assert.deepEqual(unhandled, [])
})
