import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver } from "@letterkeep/dns"
import fc from "fast-check"
import { evaluateDmarc } from "mailauth/lib/dmarc/index.js"
import { mailauthResolver, resolverOf } from "../../dkim/fixtures/signing.ts"
import { beginDmarc, type DmarcOutcome, type Identifier } from "./check.ts"

const dkim = (domain: string, result: Identifier["result"] = "pass"): Identifier => ({
  method: "dkim",
  domain,
  result,
})
const spf = (domain: string, result: Identifier["result"] = "pass"): Identifier => ({
  method: "spf",
  domain,
  result,
})

function check(
  from: string,
  texts: Readonly<Record<string, string>>,
  ...identifiers: Identifier[]
): Promise<DmarcOutcome> {
  return beginDmarc([` ${from}`], resolverOf(texts)).finish(identifiers)
}

const rejecting = { "_dmarc.example.com": "v=DMARC1; p=reject; sp=quarantine" }

test("passes an aligned signature or an aligned SPF, of the domain or within its organization", async () => {
  for (const identifier of [
    dkim("example.com"),
    spf("example.com"),
    dkim("news.example.com"),
    spf("a.b.example.com"),
  ]) {
    const outcome = await check("a@example.com", rejecting, dkim("other.example"), identifier)
    assert.deepEqual([outcome.result, outcome.disposition, outcome.aligned], ["pass", "none", [identifier]])
  }
  assert.equal((await check("a@x.example.com", rejecting, dkim("y.example.com"))).result, "pass")
})

test("fails with what the domain asks for when nothing is aligned", async () => {
  for (const identifiers of [
    [],
    [dkim("other.example")],
    [dkim("badexample.com")],
    [dkim("example.com", "other")],
  ]) {
    const outcome = await check("a@example.com", rejecting, ...identifiers)
    assert.deepEqual(
      [outcome.result, outcome.disposition, outcome.policyDomain],
      ["fail", "reject", "example.com"],
    )
  }
})

test("gives a subdomain without a record the policy for subdomains", async () => {
  const outcome = await check("a@x.example.com", rejecting)
  assert.deepEqual(
    [outcome.result, outcome.disposition, outcome.policyDomain],
    ["fail", "quarantine", "example.com"],
  )
})

test("gives a subdomain that does not exist its own policy", async () => {
  const record = "v=DMARC1; p=none; sp=quarantine; np=reject"
  const resolver = createTableResolver({
    "_dmarc.example.com": { txt: [record] },
    "there.example.com": { txt: ["x"] },
  })
  const disposition = async (from: string) => (await beginDmarc([from], resolver).finish([])).disposition
  assert.equal(await disposition("a@gone.example.com"), "reject")
  assert.equal(await disposition("a@there.example.com"), "quarantine")
  assert.equal(await disposition("a@example.com"), "none")
})

test("takes the milder policy when the DNS does not say whether the subdomain exists", async () => {
  const resolver = createTableResolver({
    "_dmarc.example.com": { txt: ["v=DMARC1; p=none; sp=quarantine; np=reject"] },
    "x.example.com": { fails: "servfail" },
  })
  assert.equal((await beginDmarc(["a@x.example.com"], resolver).finish([])).disposition, "quarantine")
})

test("holds to strict alignment", async () => {
  const strict = { "_dmarc.example.com": "v=DMARC1; p=reject; adkim=s" }
  assert.equal((await check("a@example.com", strict, dkim("news.example.com"))).result, "fail")
  assert.equal((await check("a@example.com", strict, spf("news.example.com"))).result, "pass")
  assert.equal((await check("a@example.com", strict, dkim("example.com"))).result, "pass")
})

test("lowers the policy by one step in test mode", async () => {
  for (const [policy, disposition] of [
    ["reject", "quarantine"],
    ["quarantine", "none"],
    ["none", "none"],
  ]) {
    const outcome = await check("a@example.com", { "_dmarc.example.com": `v=DMARC1; p=${policy}; t=y` })
    assert.deepEqual([outcome.result, outcome.disposition, outcome.isTest], ["fail", disposition, true])
  }
})

test("does not apply where there is no record, or an empty one", async () => {
  assert.equal((await check("a@example.com", {})).result, "none")
  assert.equal((await check("a@example.com", { "_dmarc.example.com": "v=DMARC1" })).result, "none")
})

test("uses the policy of a public suffix for names right below it, and keeps its customers apart", async () => {
  const bank = { "_dmarc.bank": "v=DMARC1; p=reject; psd=y" }
  assert.equal((await check("a@giant.bank", bank, dkim("other.bank"))).disposition, "reject")
  assert.equal((await check("a@mail.giant.bank", bank, dkim("giant.bank"))).result, "pass")
})

test("neither passes nor fails when an answer is missing that could have aligned", async () => {
  assert.equal(
    (await check("a@example.com", rejecting, dkim("example.com", "temperror"))).result,
    "temperror",
  )
  assert.equal((await check("a@example.com", rejecting, dkim("other.example", "temperror"))).result, "fail")
  assert.equal(
    (await check("a@example.com", rejecting, spf("x.example.com", "temperror"), dkim("example.com"))).result,
    "pass",
  )
  const silent = createTableResolver({ "_dmarc.example.com": { fails: "timeout" } })
  const outcome = await beginDmarc(["a@example.com"], silent).finish([dkim("example.com")])
  assert.deepEqual([outcome.result, outcome.disposition], ["temperror", "none"])
})

test("reports a From that is not there, there twice or of two domains as a permanent error", async () => {
  for (const values of [[], ["a@example.com", "a@example.com"], ["a@example.com, b@other.example"]]) {
    assert.equal(
      (await beginDmarc(values, resolverOf(rejecting)).finish([dkim("example.com")])).result,
      "permerror",
    )
  }
})

test("agrees with mailauth about records, domains and alignment", async () => {
  const domain = fc.constantFrom(
    "example.com",
    "a.example.com",
    "b.a.example.com",
    "c.example.com",
    "other.org",
    "x.other.org",
    "com",
  )
  const tag = (name: string, ...values: string[]) =>
    fc.constantFrom("", ...values.map(value => `; ${name}=${value}`))
  const policy = ["none", "quarantine", "reject", "nonsense"]
  const record = fc
    .tuple(
      tag("p", ...policy),
      tag("sp", ...policy),
      tag("adkim", "r", "s"),
      tag("aspf", "s"),
      tag("psd", "y", "n", "u"),
      tag("t", "y", "n"),
      tag("rua", "mailto:a@x.org"),
    )
    .map(tags => `v=DMARC1${tags.join("")}`)
  await fc.assert(
    fc.asyncProperty(
      domain,
      fc.dictionary(domain, record, { maxKeys: 4 }),
      fc.array(domain, { maxLength: 2 }),
      fc.option(domain, { nil: undefined }),
      async (author, records, signed, sent) => {
        const texts = Object.fromEntries(
          Object.entries(records).map(([name, text]) => [`_dmarc.${name}`, text]),
        )
        const ours = await check(
          `a@${author}`,
          texts,
          ...signed.map(name => dkim(name)),
          ...(sent === undefined ? [] : [spf(sent)]),
        )
        const { response } = await evaluateDmarc({
          headerFrom: [`a@${author}`],
          spfDomains: sent === undefined ? [] : [sent],
          dkimDomains: signed.map(name => ({ id: name, domain: name, aligned: false, underSized: 0 })),
          resolver: mailauthResolver(texts),
          strict: true,
        })
        const theirs = response === false ? undefined : response
        const disposition = theirs?.status.result === "fail" ? theirs.policy : undefined
        assert.equal(ours.result, theirs?.status.result)
        if (disposition !== undefined) assert.equal(ours.disposition, disposition)
      },
    ),
    { numRuns: 1000 },
  )
})
