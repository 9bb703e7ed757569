import assert from "node:assert/strict"
import { test } from "node:test"
import { readAuthResults } from "@letterkeep/auth-results"
import { splitFields } from "@letterkeep/dkim"
import { createTableResolver, type DnsAnswer, type NameResolver, namingAlike } from "@letterkeep/dns"
import fc from "fast-check"
import { sealMessage } from "mailauth/lib/arc/index.js"
import { createTestKeys, signMessage } from "../../../packages/dkim/fixtures/signing.ts"
import { systemChance } from "../ports/chance.ts"
import { recordingLog } from "../ports/log.ts"
import { mintEgress } from "../ports/network/egress.ts"
import { createResolver } from "../ports/network/resolver.ts"
import { manualTimer } from "../ports/timer.ts"
import { createScreening, type Screened, type ScreeningOptions } from "./index.ts"

const now = Date.UTC(2025, 0, 6, 10)
const keys = createTestKeys(["a.example", "list.example"], {
  "a.example": "v=spf1 ip4:192.0.2.1 -all",
  "_dmarc.a.example": "v=DMARC1; p=reject",
  "plain.example": "v=spf1 -all",
  "doubt.example": "v=spf1 ?all",
  "_dmarc.doubt.example": "v=DMARC1; p=quarantine",
})

const options: ScreeningOptions<string> = {
  resolver: namingAlike(keys.resolver),
  rules: async (account, from) => (account === from ? "block" : account === `+${from}` ? "allow" : "none"),
  history: async account => (account === "friend" ? "correspondent" : "stranger"),
  hostname: "mx.reader.example",
  clock: { now: () => now },
  timer: manualTimer(),
  authentication: true,
  isOurDomain: async domain => domain === "reader.example",
}

const compose = (from: string, more: readonly string[] = []) =>
  [
    ...more,
    `From: ${from}`,
    "To: sue@reader.example",
    "Subject: hello",
    "Date: Mon, 6 Jan 2025 10:00:00 +0000",
    "",
    "Some  text",
    "",
  ].join("\r\n")

interface Sent {
  readonly ip?: string
  readonly reversePath?: string
  readonly chunk?: number
}

async function screen(text: string, sent: Sent = {}, change: Partial<ScreeningOptions<string>> = {}) {
  const { ip = "192.0.2.1", reversePath = "joe@a.example", chunk = 1 << 20 } = sent
  const ongoing = createScreening({ ...options, ...change }).begin({
    source: { ip },
    helo: "mail.a.example",
    reversePath,
  })
  const bytes = Buffer.from(text, "latin1")
  const end = bytes.indexOf("\r\n\r\n")
  const { forged } = ongoing.headers(splitFields(bytes.subarray(0, end + 2)))
  for (let at = end + 4; at < bytes.length; at += chunk) ongoing.body(bytes.subarray(at, at + chunk))
  return { ...(await ongoing.finish()), forged }
}

async function verdictFor(screened: Screened<string>, account = "sue"): Promise<string> {
  const { kind, reasons } = await screened.forRecipient(account)
  return `${kind} ${reasons[0]?.code}`
}

const resultsIn = (field: string) =>
  readAuthResults(field.slice(field.indexOf(":") + 1))?.results.map(
    ({ method, result }) => `${method}=${result}`,
  )

test("accepts what its domain confirms, and writes down how", async () => {
  const signed = await signMessage(compose("joe@a.example"), keys, { kind: "ed25519", domain: "a.example" })
  for (const chunk of [1, 5, 1 << 20]) {
    const screened = await screen(signed, { chunk })
    assert.equal(await verdictFor(screened), "accept dmarc-pass")
    assert.deepEqual(resultsIn(screened.authResultsHeader), [
      "spf=pass",
      "dkim=pass",
      "dmarc=pass",
      "iprev=permerror",
    ])
    assert.match(screened.authResultsHeader, /^Authentication-Results: mx\.reader\.example;\r\n[\s\S]*\r\n$/)
  }
})

test("accepts by its signature what came by way of another server", async () => {
  const signed = await signMessage(compose("joe@a.example"), keys, { kind: "rsa", domain: "a.example" })
  assert.equal(
    await verdictFor(await screen(signed, { ip: "203.0.113.9", reversePath: "x@list.example" })),
    "accept dmarc-pass",
  )
})

test("refuses for everybody what a rejecting domain did not send, even where a reader allows it", async () => {
  const screened = await screen(compose("joe@a.example"), { ip: "203.0.113.9" })
  for (const account of ["sue", "joe@a.example", "+joe@a.example"]) {
    assert.equal(await verdictFor(screened, account), "refuse dmarc-reject")
  }
})

test("takes a forwarded message from a sealer that the operator trusts, and from no other", async () => {
  const signed = await signMessage(compose("joe@a.example"), keys, { kind: "rsa", domain: "a.example" })
  const changed = signed.replace("Subject: hello", "Subject: [list] hello")
  const seal = await sealMessage(Buffer.from(changed, "latin1"), {
    signingDomain: "list.example",
    selector: "rsa",
    privateKey: keys.rsa.export({ type: "pkcs8", format: "pem" }).toString(),
    authResults: "mx.list.example; dmarc=pass header.from=a.example",
    cv: "none",
  })
  const forwarded = seal.toString("latin1") + changed
  const sent = { ip: "203.0.113.9", reversePath: "bounce@list.example" }
  assert.equal(await verdictFor(await screen(forwarded, sent)), "refuse dmarc-reject")
  const trusting = await screen(forwarded, sent, { trustedSealers: ["list.example"] })
  assert.equal(await verdictFor(trusting), "accept arc-trusted")
  assert.ok(resultsIn(trusting.authResultsHeader)?.includes("arc=pass"))
})

test("puts into Junk what its domain doubts, what SPF forbids, and what forges our own domain", async () => {
  assert.equal(
    await verdictFor(await screen(compose("x@doubt.example"), { reversePath: "x@doubt.example" })),
    "junk dmarc-quarantine",
  )
  assert.equal(
    await verdictFor(await screen(compose("x@plain.example"), { reversePath: "x@plain.example" })),
    "junk spf-fail",
  )
  assert.equal(
    await verdictFor(await screen(compose("sue@reader.example"), { reversePath: "" })),
    "junk our-domain-forged",
  )
})

test("puts into Junk what names two senders", async () => {
  for (const text of [
    compose("joe@a.example", ["From: eve@evil.example"]),
    compose("joe@a.example, eve@evil.example"),
  ]) {
    assert.equal(await verdictFor(await screen(text)), "junk from-unclear")
  }
})

test("holds to a reader's block and allow rules, the latter only for a proven sender", async () => {
  const good = await screen(compose("joe@a.example"))
  assert.equal(await verdictFor(good, "joe@a.example"), "junk blocked-by-you")
  assert.equal(await verdictFor(good, "+joe@a.example"), "accept allowed-by-you")
  const forged = await screen(compose("x@plain.example"), { reversePath: "x@plain.example" })
  assert.equal(await verdictFor(forged, "+x@plain.example"), "junk spf-fail")
})

test("says nothing of first contacts when it has no history", async () => {
  const { history, ...without } = options
  assert.ok(history !== undefined)
  const codes = async (given: ScreeningOptions<string>) => {
    const ongoing = createScreening(given).begin({
      source: { ip: "192.0.2.1" },
      helo: "x",
      reversePath: "joe@a.example",
    })
    ongoing.headers(splitFields(Buffer.from(compose("joe@a.example"))))
    const { reasons } = await (await ongoing.finish()).forRecipient("sue")
    return reasons.map(({ code }) => code)
  }
  assert.deepEqual(await codes(options), ["dmarc-pass", "no-reverse-name", "first-contact"])
  assert.deepEqual(await codes(without), ["dmarc-pass", "no-reverse-name"])
})

test("finds the Authentication-Results that claim to be ours", async () => {
  const more = [
    "Authentication-Results: other.example; dkim=pass",
    "Authentication-Results: (x) MX.reader.example; dmarc=pass",
  ]
  assert.deepEqual((await screen(compose("joe@a.example", more))).forged, [1])
  assert.deepEqual((await screen(compose("joe@a.example", more), {}, { authentication: false })).forged, [1])
})

test("puts off what may be a forgery when the DNS says nothing: also what has a policy that nobody knows", async () => {
  const table = Object.fromEntries(Object.entries(keys.texts).map(([name, text]) => [name, { txt: [text] }]))
  const without = (...names: string[]): NameResolver =>
    createTableResolver({
      ...table,
      ...Object.fromEntries(names.map(name => [name, { fails: "servfail" as const }])),
    })
  const signed = await signMessage(compose("joe@a.example"), keys, { kind: "rsa", domain: "a.example" })
  const verdict = async (resolver: NameResolver) =>
    verdictFor(await screen(signed, { ip: "203.0.113.9" }, { resolver }))
  // Accepted once: whoever kept our resolver busy had forgeries of any domain taken.
  assert.equal(await verdict(without("_dmarc.a.example")), "later dns-trouble")
  assert.equal(await verdict(without("rsa._domainkey.a.example")), "later dns-trouble")
  assert.equal(await verdict(without("a.example")), "accept dmarc-pass")
})

test("waits for the DNS no longer than its budget, and loses nothing by it", async () => {
  const timer = manualTimer()
  const never = <T>() => new Promise<T>(() => undefined)
  const resolver = namingAlike({ txt: never, a: never, aaaa: never, mx: never, ptr: never })
  const ongoing = createScreening({ ...options, resolver, timer }).begin({
    source: { ip: "192.0.2.1" },
    helo: "x",
    reversePath: "joe@a.example",
  })
  ongoing.headers(splitFields(Buffer.from("From: joe@a.example\r\n")))
  const finished = ongoing.finish()
  timer.pass(9_999)
  assert.equal(timer.waiting, 1)
  timer.pass(1)
  const screened = await finished
  // "later" loses nothing: the sender comes back.
  assert.equal(await verdictFor(screened), "later dns-trouble")
  assert.deepEqual(resultsIn(screened.authResultsHeader), [
    "spf=temperror",
    "dkim=none",
    "dmarc=temperror",
    "iprev=temperror",
  ])
  assert.equal(timer.waiting, 0)
})

test("takes a resolver that throws for one that does not answer", async () => {
  const broken = async () => Promise.reject(new Error("broken"))
  const resolver = namingAlike({ txt: broken, a: broken, aaaa: broken, mx: broken, ptr: broken })
  assert.equal(
    await verdictFor(await screen(compose("joe@a.example"), {}, { resolver })),
    "later dns-trouble",
  )
})

test("holds few places of the resolver for one message, and none once it is abandoned or done", async () => {
  const timer = manualTimer()
  const held = new Set<string>()
  let asked = 0
  const never = <T>(name: string, signal?: AbortSignal): Promise<T> => {
    held.add(name)
    asked += 1
    signal?.addEventListener("abort", () => held.delete(name))
    return new Promise(() => undefined)
  }
  const resolver = namingAlike({ txt: never, a: never, aaaa: never, mx: never, ptr: never })
  const tags = (at: number) => `a=rsa-sha256; d=evil.example; s=s${at}; b=YWJj`
  const more = Array.from({ length: 50 }, (_, at) => at + 1).flatMap(at => [
    `DKIM-Signature: v=1; ${tags(at)}; bh=YWJj; h=from`,
    `ARC-Seal: i=${at}; ${tags(at)}; cv=${at === 1 ? "none" : "pass"}`,
    `ARC-Message-Signature: i=${at}; ${tags(at)}; bh=YWJj; h=from`,
    `ARC-Authentication-Results: i=${at}; x; none`,
  ])
  const fields = splitFields(Buffer.from(compose("joe@a.example", more)))
  const begin = (trustedSealers: string[] = []) => {
    const ongoing = createScreening({ ...options, resolver, timer, trustedSealers }).begin({
      source: { ip: "192.0.2.1" },
      helo: "x",
      reversePath: "joe@a.example",
    })
    ongoing.headers(fields)
    return ongoing
  }
  for (const trusted of [[], ["evil.example"]]) {
    const ongoing = begin(trusted)
    await soon()
    assert.equal(held.size, 8)
    ongoing.abandon()
    await soon()
    assert.deepEqual([...held], [])
  }
  assert.equal(asked, 16)
  const finished = begin().finish()
  timer.pass(10_000)
  assert.equal(await verdictFor(await finished), "later dns-trouble")
  assert.equal(held.size, 0)
})

test("delivers a letter of this machine's own with the DNS out of reach", async () => {
  const resolver = createResolver({
    servers: [],
    egress: mintEgress("dns", async () => undefined),
    clock: options.clock,
    chance: systemChance,
    log: recordingLog(),
    timeout: 1000,
  })
  const letter = compose("welcome@letterkeep.invalid")
  const sent = { ip: "127.0.0.1", reversePath: "welcome@letterkeep.invalid" }
  const screened = await screen(letter, sent, { resolver: namingAlike(resolver) })
  assert.equal(await verdictFor(screened), "accept unconfirmed")
  const stranger = { ip: "127.0.0.1", reversePath: "joe@a.example" }
  assert.equal(
    await verdictFor(await screen(compose("joe@a.example"), stranger, { resolver: namingAlike(resolver) })),
    "later dns-trouble",
  )
})

test("lets go of the clock when a message is abandoned or done", async () => {
  const timer = manualTimer()
  const ongoing = createScreening({ ...options, timer }).begin({
    source: { ip: "192.0.2.1" },
    helo: "x",
    reversePath: "",
  })
  assert.equal(timer.waiting, 1)
  ongoing.abandon()
  assert.equal(timer.waiting, 0)
  await screen(compose("joe@a.example"), {}, { timer })
  assert.equal(timer.waiting, 0)
})

test("checks nothing when the operator says so, and says so", async () => {
  const resolver = createTableResolver({})
  const silent: NameResolver = { ...resolver, txt: name => assert.fail(name), ptr: name => assert.fail(name) }
  const screened = await screen(compose("joe@a.example"), {}, { authentication: false, resolver: silent })
  assert.equal(await verdictFor(screened), "accept authentication-off")
  assert.equal(await verdictFor(screened, "joe@a.example"), "junk blocked-by-you")
  assert.equal(screened.authResultsHeader, "Authentication-Results: mx.reader.example; none\r\n")
})

test("gives some verdict on any header", async () => {
  const signed = await signMessage(compose("joe@a.example"), keys, { kind: "rsa", domain: "a.example" })
  const lines = signed.slice(0, signed.indexOf("\r\n\r\n")).split(/\r\n(?![ \t])/)
  const names = [
    "From:",
    "DKIM-Signature:",
    "ARC-Seal:",
    "ARC-Message-Signature:",
    "ARC-Authentication-Results:",
    "Authentication-Results:",
  ]
  const text = fc.constantFrom(
    " ",
    ";",
    "i=1;",
    "a=rsa-sha256;",
    "b=",
    "d=a.example;",
    "@",
    "<",
    ">",
    '"',
    "(",
    "\r\n ",
    "\xc3",
    "=",
  )
  const soup = fc
    .tuple(fc.constantFrom(...names), fc.array(text, { maxLength: 12 }))
    .map(([name, rest]) => name + rest.join(""))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.constantFrom(...lines), soup), { maxLength: 12 }), async header => {
      const { kind, reasons } = await (await screen(`${header.join("\r\n")}\r\n\r\nbody\r\n`)).forRecipient(
        "sue",
      )
      assert.ok(["accept", "junk", "refuse", "later"].includes(kind) && reasons.length > 0)
    }),
    { numRuns: 500 },
  )
})

test("judges a message without a header and without a body", async () => {
  const ongoing = createScreening(options).begin({ source: { ip: "192.0.2.1" }, helo: "x", reversePath: "" })
  assert.equal(await verdictFor(await ongoing.finish()), "junk from-unclear")
})

const soon = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

/** What no resolver of ours answers: stands for a bug of ours on a record that a stranger wrote. */
const broken = { kind: "found", records: undefined } as unknown as DnsAnswer<string> & DnsAnswer<never>
const fine = createTableResolver({})
for (const [check, resolver] of [
  ["SPF", { ...fine, txt: name => (name === "a.example" ? Promise.resolve(broken) : fine.txt(name)) }],
  ["the reverse name", { ...fine, ptr: async () => broken }],
  ["DMARC", { ...fine, txt: name => (name.startsWith("_dmarc") ? Promise.resolve(broken) : fine.txt(name)) }],
  [
    "a key",
    {
      ...fine,
      txt: name => {
        return name.includes("_domainkey") ? Promise.resolve(broken) : fine.txt(name)
      },
    },
  ],
  ["everything", { ...fine, txt: async () => broken, ptr: async () => broken }],
] satisfies [string, NameResolver][]) {
  test(`a bug in the check of ${check} is its message's trouble, and never the process's`, async t => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on("unhandledRejection", note)
    t.after(() => process.off("unhandledRejection", note))
    const signed = await signMessage(compose("joe@a.example"), keys, { kind: "ed25519", domain: "a.example" })
    const seal = await sealMessage(Buffer.from(signed, "latin1"), {
      signingDomain: "list.example",
      selector: "rsa",
      privateKey: keys.rsa.export({ type: "pkcs8", format: "pem" }).toString(),
      authResults: "mx.list.example; dmarc=pass header.from=a.example",
      cv: "none",
    })
    const bytes = Buffer.concat([seal, Buffer.from(signed, "latin1")])
    const fields = splitFields(bytes.subarray(0, bytes.indexOf("\r\n\r\n") + 2))
    const begin = () => {
      const ongoing = createScreening({ ...options, resolver }).begin({
        source: { ip: "192.0.2.1" },
        helo: "mail.a.example",
        reversePath: "joe@a.example",
      })
      ongoing.headers(fields)
      return ongoing
    }
    const [finished, abandoned] = [begin(), begin()]
    await soon()
    await assert.rejects(finished.finish(), TypeError)
    abandoned.abandon()
    await soon()
    assert.deepEqual(unhandled, [])
  })
}
