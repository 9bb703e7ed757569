import assert from "node:assert/strict"
import { test } from "node:test"
import type { DmarcOutcome } from "@letterkeep/dmarc"
import { decide } from "./decide.ts"
import type { CheckedEvidence, RecipientEvidence } from "./evidence/index.ts"

const author = { kind: "one", domain: "a.example", address: "joe@a.example" } as const
const noPolicy: DmarcOutcome = {
  result: "none",
  reason: "a.example publishes no DMARC policy.",
  author,
  disposition: "none",
}
const passing: DmarcOutcome = { ...noPolicy, result: "pass", reason: "Confirmed." }
const failing = (disposition: "none" | "quarantine" | "reject"): DmarcOutcome => ({
  ...noPolicy,
  result: "fail",
  reason: "Nothing confirms it.",
  disposition,
  policy: disposition,
  policyDomain: "a.example",
})
const silent = (policy: "none" | "quarantine" | "reject"): DmarcOutcome => ({
  ...noPolicy,
  result: "temperror",
  reason: "No answer.",
  policy,
})

const plain: CheckedEvidence = {
  authentication: "checked",
  spf: { result: "none", reason: "No record.", identity: "mailfrom", domain: "a.example" },
  dkim: [],
  dmarc: noPolicy,
  arc: { result: "none", reason: "No chain.", sealers: [] },
  iprev: { result: "pass", reason: "It has a name.", name: "mail.a.example" },
  header: { hasDate: true, repeated: [], hops: 1 },
  proof: "unproven",
  isChainTrusted: false,
  forgesOurDomain: false,
}

function verdictOn(change: Partial<CheckedEvidence>, recipient: Partial<RecipientEvidence> = {}): string {
  const { kind, reasons } = decide({ ...plain, ...change }, { rule: "none", history: "seen", ...recipient })
  assert.ok(reasons.every(({ sentence }) => /^[A-Z"].*\.$/.test(sentence) || /^\d/.test(sentence)))
  return `${kind} ${reasons[0]?.code}`
}

const spfFail = { ...plain.spf, result: "fail", reason: "It forbids this." } as const

for (const [what, verdict, change, recipient] of [
  ["nothing known", "accept unconfirmed", {}],
  ["DMARC pass", "accept dmarc-pass", { dmarc: passing, proof: "proven" }],
  ["DMARC fail, reject", "refuse dmarc-reject", { dmarc: failing("reject") }],
  ["DMARC fail, quarantine", "junk dmarc-quarantine", { dmarc: failing("quarantine") }],
  ["DMARC fail, none", "accept unconfirmed", { dmarc: failing("none") }],
  ["reject, allowed by the reader", "refuse dmarc-reject", { dmarc: failing("reject") }, { rule: "allow" }],
  ["reject, blocked by the reader", "refuse dmarc-reject", { dmarc: failing("reject") }, { rule: "block" }],
  ["reject, trusted chain", "accept arc-trusted", { dmarc: failing("reject"), isChainTrusted: true }],
  ["quarantine, trusted chain", "accept arc-trusted", { dmarc: failing("quarantine"), isChainTrusted: true }],
  [
    "quarantine, allowed but unproven",
    "junk dmarc-quarantine",
    { dmarc: failing("quarantine") },
    { rule: "allow" },
  ],
  ["silent DNS, reject", "later dns-trouble", { dmarc: silent("reject") }],
  // What is put off comes back; what is accepted for want of an answer may be the forgery that caused the want.
  ["silent DNS, quarantine", "later dns-trouble", { dmarc: silent("quarantine") }],
  ["silent DNS, reject being tested", "later dns-trouble", { dmarc: { ...silent("reject"), isTest: true } }],
  [
    "silent DNS, quarantine being tested",
    "accept dns-trouble",
    { dmarc: { ...silent("quarantine"), isTest: true } },
  ],
  ["silent DNS, policy none", "accept dns-trouble", { dmarc: silent("none") }],
  [
    "silent DNS, policy unknown",
    "later dns-trouble",
    { dmarc: { ...noPolicy, result: "temperror", reason: "No answer." } },
  ],
  ["blocked though proven", "junk blocked-by-you", { dmarc: passing, proof: "proven" }, { rule: "block" }],
  ["allowed and proven", "accept allowed-by-you", { dmarc: passing, proof: "proven" }, { rule: "allow" }],
  ["allowed, unproven, not suspicious", "accept unconfirmed", {}, { rule: "allow" }],
  ["SPF fail, no policy", "junk spf-fail", { spf: spfFail }],
  ["SPF fail, allowed but unproven", "junk spf-fail", { spf: spfFail }, { rule: "allow" }],
  ["SPF fail, signed by the domain", "accept sender-confirmed", { spf: spfFail, proof: "proven" }],
  ["SPF fail, policy none", "accept unconfirmed", { spf: spfFail, dmarc: failing("none") }],
  ["SPF softfail", "accept unconfirmed", { spf: { ...spfFail, result: "softfail" } }],
  ["SPF temperror", "accept unconfirmed", { spf: { ...spfFail, result: "temperror" } }],
  [
    "From unreadable",
    "junk from-unclear",
    { dmarc: { ...noPolicy, result: "permerror", reason: "Two From fields." } },
  ],
  ["our domain, unproven", "junk our-domain-forged", { forgesOurDomain: true }],
  ["proven without a policy", "accept sender-confirmed", { proof: "proven" }],
] satisfies [string, string, Partial<CheckedEvidence>, Partial<RecipientEvidence>?][]) {
  test(`${what}: ${verdict}`, () => assert.equal(verdictOn(change, recipient), verdict))
}

test("refuses what goes round in circles, checks or no checks", () => {
  const header = { ...plain.header, hops: 101 }
  assert.equal(verdictOn({ header, dmarc: passing, proof: "proven" }, { rule: "allow" }), "refuse mail-loop")
  assert.equal(decide({ authentication: "off", header }, { rule: "none", history: "seen" }).kind, "refuse")
  assert.equal(verdictOn({ header: { ...header, hops: 100 } }), "accept unconfirmed")
})

test("tells an allow rule that could not be used", () => {
  const { reasons } = decide({ ...plain, spf: spfFail }, { rule: "allow", history: "seen" })
  assert.ok(reasons.some(({ code }) => code === "allow-unproven"))
})

test("adds what a person may want to know without changing the verdict", () => {
  const evidence: CheckedEvidence = {
    ...plain,
    dkim: [{ result: "fail", reason: "The body was changed after signing." }],
    iprev: { result: "permerror", reason: "192.0.2.1 has no name." },
    header: { hasDate: false, repeated: ["subject", "from"], hops: 0 },
  }
  const { kind, reasons } = decide(evidence, { rule: "none", history: "stranger" })
  assert.equal(kind, "accept")
  const codes = reasons.map(({ code }) => code)
  assert.deepEqual(codes, [
    "unconfirmed",
    "dkim-failed",
    "no-reverse-name",
    "no-date",
    "repeated-field",
    "first-contact",
  ])
})

test("follows only the reader's rules when the checks are off, and says so", () => {
  const off = (rule: RecipientEvidence["rule"]) => {
    const { kind, reasons } = decide(
      { authentication: "off", header: plain.header },
      { rule, history: "seen" },
    )
    return [kind, ...reasons.map(({ code }) => code)].join(" ")
  }
  assert.equal(off("none"), "accept authentication-off")
  assert.equal(off("allow"), "accept allowed-by-you authentication-off")
  assert.equal(off("block"), "junk blocked-by-you authentication-off")
})
