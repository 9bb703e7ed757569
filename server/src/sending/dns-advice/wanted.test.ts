import assert from "node:assert/strict"
import { test } from "node:test"
import { readPolicy } from "@letterkeep/mta-sts"
import type { DomainFacts } from "./facts.ts"
import { stsPolicyId, stsPolicyText } from "./sts-policy.ts"
import { wantedRecords } from "./wanted.ts"
import { zoneFile } from "./zone-file.ts"

const key = { domain: "a.test", selector: "s1", algorithm: "rsa", since: 0, createdAt: 0 } as const
const facts: DomainFacts = {
  domain: "a.test",
  hostname: "mail.b.test",
  addresses: [],
  smartHost: undefined,
  certificate: { selfSigned: false, names: [], chain: [], keyHash: "ab".repeat(32) },
  keys: [
    { ...key, state: "active", publicKey: "M".repeat(392) },
    { ...key, selector: "s0", state: "revoked", publicKey: "N" },
  ],
  mtaSts: "testing",
  services: [{ name: "submissions", port: 465 }],
  autoconfig: false,
  issuer: "ca.test",
  validates: false,
  now: 0,
}

test("writes a zone file, long texts in pieces, and what is in another zone as comments", () => {
  const id = stsPolicyId("mail.b.test", "testing")
  assert.equal(
    zoneFile("a.test", wantedRecords(facts)),
    `; for the zone of a.test
a.test. 3600 IN MX 10 mail.b.test.
a.test. 3600 IN TXT "v=spf1 mx ~all"
s1._domainkey.a.test. 3600 IN TXT "v=DKIM1; k=rsa; p=${"M".repeat(255 - 18)}" "${"M".repeat(392 - 255 + 18)}"
_dmarc.a.test. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@a.test"
_mta-sts.a.test. 3600 IN TXT "v=STSv1; id=${id}"
mta-sts.a.test. 3600 IN CNAME mail.b.test.
_smtp._tls.a.test. 3600 IN TXT "v=TLSRPTv1; rua=mailto:postmaster@a.test"
_submissions._tcp.a.test. 3600 IN SRV 0 1 465 mail.b.test.
; for the zone that these names are in:
; mail.b.test. 3600 IN TXT "v=spf1 a -all"
; _25._tcp.mail.b.test. 3600 IN TLSA 3 1 1 ${"ab".repeat(32)}
; mail.b.test. 3600 IN CAA 0 issue "ca.test"
`,
  )
})

test("names a smart host in SPF, and says nothing of this server's own name there", () => {
  const spf = wantedRecords({ ...facts, smartHost: "out.far.test" }).filter(({ about }) => about === "SPF")
  assert.deepEqual(
    spf.map(({ name, value }) => `${name} ${value}`),
    ["a.test v=spf1 mx a:out.far.test ~all"],
  )
})

test("lists nothing of MTA-STS where there shall be no policy", () => {
  const names = wantedRecords({ ...facts, mtaSts: "none" }).map(({ name }) => name)
  assert.ok(!names.some(name => name.includes("mta-sts")))
})

test("gives out a policy that others read, with another id for each", () => {
  for (const mode of ["none", "testing", "enforce"] as const) {
    const read = readPolicy(Buffer.from(stsPolicyText("mail.b.test", mode)))
    assert.equal(read.kind, "policy")
    assert.equal(read.kind === "policy" && read.policy.mode, mode)
    assert.match(stsPolicyId("mail.b.test", mode), /^[a-z0-9]{20}$/)
  }
  const ids = ["none", "testing", "enforce"].map(mode => stsPolicyId("mail.b.test", mode as "none"))
  assert.equal(new Set([...ids, stsPolicyId("mail.c.test", "testing")]).size, 4)
})
