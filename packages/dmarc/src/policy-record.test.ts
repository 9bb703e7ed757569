import assert from "node:assert/strict"
import { test } from "node:test"
import { type PolicyRecord, parsePolicyRecord } from "./policy-record.ts"

const plain: PolicyRecord = {
  policy: "none",
  subdomainPolicy: undefined,
  nonexistentPolicy: undefined,
  dkimAlignment: "relaxed",
  spfAlignment: "relaxed",
  publicSuffix: "unsaid",
  isTest: false,
  reportsTo: [],
}
const reportsTo = [{ address: "a@example.com", domain: "example.com", limit: undefined }]

for (const [text, want] of [
  ["v=DMARC1; p=none", {}],
  ["v = DMARC1 ;p=Reject", { policy: "reject" }],
  [
    "v=DMARC1;p=quarantine;sp=none;np=reject;",
    { policy: "quarantine", subdomainPolicy: "none", nonexistentPolicy: "reject" },
  ],
  ["v=DMARC1; p=none; adkim=s; aspf=S", { dkimAlignment: "strict", spfAlignment: "strict" }],
  ["v=DMARC1; p=none; adkim=x; aspf=", {}],
  ["v=DMARC1; p=reject; t=y; psd=n", { policy: "reject", isTest: true, publicSuffix: "no" }],
  ["v=DMARC1; p=none; psd=y", { publicSuffix: "yes" }],
  ["v=DMARC1; p=reject; pct=0", { policy: "reject", isTest: true }],
  ["v=DMARC1; p=reject; pct=50; ri=1; fo=1; rf=afrf; unknown=x; nonsense", { policy: "reject" }],
  ["v=DMARC1; rua=mailto:a@example.com", { reportsTo }],
  ["v=DMARC1; p=nonsense; rua=mailto:a@example.com", { reportsTo }],
  ["v=DMARC1; p=reject; sp=nonsense; rua=mailto:a@example.com", { reportsTo }],
] as const) {
  test(`reads ${text}`, () => {
    assert.deepEqual(parsePolicyRecord(text), { kind: "record", record: { ...plain, ...want } })
  })
}

for (const text of [
  "v=DMARC1",
  "v=DMARC1; p=nonsense",
  "v=DMARC1; p=reject; np=x",
  "v=DMARC1; rua=a@example.com",
]) {
  test(`applies nothing for ${text}`, () => {
    assert.equal(parsePolicyRecord(text).kind, "empty")
  })
}

for (const text of [
  "",
  "p=none; v=DMARC1",
  "v=dmarc1; p=none",
  "v=DMARC2; p=none",
  "v=DMARC1x; p=none",
  "v=spf1 -all",
  "v=DMARC1; p=reject; p=none",
  `v=DMARC1; p=reject; x=${"y".repeat(5000)}`,
]) {
  test(`does not take ${text.slice(0, 40)} for a policy`, () => {
    assert.deepEqual(parsePolicyRecord(text), { kind: "other" })
  })
}
