import assert from "node:assert/strict"
import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto"
import { describe, test } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { selfSignedCertificate } from "@letterkeep/x509"
import { makeKeyPair, recordName, recordText, seenRecord } from "../signing/key-record.ts"
import type { DkimKey } from "../signing/key-rows.ts"
import { advise, drift } from "./advise.ts"
import type { DnsFinding, DomainFacts, StsFileSeen } from "./facts.ts"
import { lookUp } from "./look-up.ts"
import { stsPolicyId, stsPolicyText } from "./sts-policy.ts"

const now = Date.parse("2026-03-04T12:00:00Z")
const day = 24 * 60 * 60 * 1000
const hostname = "mail.a.test"
const address = "203.0.113.5"

function certificateFor(name: string): DomainFacts["certificate"] {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const pem = selfSignedCertificate({
    names: [name],
    notBefore: now - day,
    notAfter: now + day,
    serial: Buffer.alloc(16, 1),
    privateKey,
  })
  const read = new X509Certificate(pem)
  const spki = read.publicKey.export({ type: "spki", format: "der" })
  const keyHash = createHash("sha256").update(spki).digest("hex")
  return { selfSigned: false, names: [name], chain: [read.raw], keyHash }
}
const certificate = certificateFor(hostname)
const pairs = { rsa: await makeKeyPair("rsa"), ed25519: await makeKeyPair("ed25519") }
const keyOf = (algorithm: "rsa" | "ed25519", state: DkimKey["state"] = "active"): DkimKey => ({
  ...{ domain: "a.test", selector: `lk20260101${algorithm.charAt(0)}`, algorithm, state },
  ...{ since: now - 2 * day, createdAt: now - 60 * day, publicKey: pairs[algorithm].publicKey },
})

const facts: DomainFacts = {
  domain: "a.test",
  hostname,
  addresses: [],
  smartHost: undefined,
  certificate,
  keys: [keyOf("ed25519"), keyOf("rsa")],
  mtaSts: "enforce",
  services: [{ name: "imaps", port: 993 }],
  autoconfig: true,
  issuer: "ca.test",
  validates: true,
  now,
}
const dkimName = recordName("a.test", "lk20260101r")
const rightTlsa = { usage: 3, selector: 1, matching: 1, data: Buffer.from(certificate.keyHash, "hex") }

/** A zone in which all is as it should be. */
const good: DnsTable = {
  "a.test": {
    mx: [{ preference: 10, exchange: "Mail.A.test" }],
    txt: ["some-site-verification=1", "v=spf1 mx ~all"],
    authentic: true,
  },
  "mail.a.test": {
    a: [address],
    txt: ["v=spf1 a -all"],
    caa: [{ critical: false, tag: "issue", value: "ca.test; validationmethods=dns-01" }],
    authentic: true,
  },
  [address]: { ptr: ["mail.a.test"] },
  [recordName("a.test", "lk20260101e")]: { txt: [recordText(pairs.ed25519)] },
  [dkimName]: { txt: [recordText(pairs.rsa)] },
  "_dmarc.a.test": { txt: ["v=DMARC1; p=reject; rua=mailto:postmaster@a.test"] },
  "_mta-sts.a.test": { txt: [`v=STSv1; id=${stsPolicyId(hostname, "enforce")}`] },
  "mta-sts.a.test": { a: [address] },
  "_smtp._tls.a.test": { txt: ["v=TLSRPTv1; rua=mailto:postmaster@a.test"] },
  "_25._tcp.mail.a.test": { tlsa: [rightTlsa], authentic: true },
  "_imaps._tcp.a.test": { srv: [{ priority: 0, weight: 1, port: 993, target: "mail.a.test" }] },
  "autoconfig.a.test": { a: [address] },
  "autodiscover.a.test": { a: [address] },
}

const file = (text: string, status = 200): StsFileSeen => ({
  kind: "file",
  status,
  contentType: "text/plain",
  body: Buffer.from(text),
})

interface Case {
  readonly dns?: DnsTable
  readonly facts?: Partial<DomainFacts>
  readonly file?: StsFileSeen
}

async function find(changed: Case = {}): Promise<readonly DnsFinding[]> {
  const known = { ...facts, ...changed.facts }
  const seen = await lookUp(known, {
    resolver: createTableResolver({ ...good, ...changed.dns }),
    lookForKeys: resolver =>
      Promise.all(
        known.keys.map(async key => ({
          key,
          seen: seenRecord(key, await resolver.txt(recordName(key.domain, key.selector))),
        })),
      ),
    readStsFile: async () => changed.file ?? file(stsPolicyText(hostname, known.mtaSts)),
  })
  return advise(known, seen)
}

test("finds nothing to say against a domain that is set up as advised", async () => {
  const findings = await find()
  assert.deepEqual(
    findings.filter(({ state }) => state !== "well"),
    [],
  )
  assert.equal(new Set(findings.map(({ about }) => about)).size, 11)
})

/** What is changed in the good zone, and what must then be said: topic, state, and words of it. */
const cases: Readonly<Record<string, Case & { readonly says: readonly [string, string, RegExp] }>> = {
  "a server without a full name": {
    facts: { hostname: "mailbox" },
    says: ["host name", "urgent", /no full name/],
  },
  "a name without an address": {
    dns: { "mail.a.test": { txt: ["v=spf1 -all"] } },
    says: ["host name", "urgent", /no address/],
  },
  "a name that leads into a private network": {
    dns: { "mail.a.test": { a: ["192.168.1.4"] } },
    says: ["host name", "wrong", /192\.168\.1\.4, which nobody outside can reach/],
  },
  "an address that the settings do not know": {
    facts: { addresses: ["203.0.113.9"] },
    says: ["host name", "look", /203\.0\.113\.5 too/],
  },
  "a name whose question fails": {
    dns: { "mail.a.test": { fails: "servfail" } },
    says: ["host name", "unknown", /did not answer for mail\.a\.test \(servfail\)/],
  },
  "an address without a reverse name": {
    dns: { [address]: {} },
    says: ["reverse DNS", "wrong", /no name in the reverse DNS: Gmail/],
  },
  "an address that has its provider's name": {
    dns: { [address]: { ptr: ["vm5.provider.test"] } },
    says: ["reverse DNS", "wrong", /called vm5\.provider\.test .* greets others as mail\.a\.test/],
  },
  "a reverse name that does not lead back": {
    facts: { addresses: ["203.0.113.9"] },
    dns: { "203.0.113.9": { ptr: ["mail.a.test"] } },
    says: ["reverse DNS", "wrong", /does not lead back/],
  },
  "no MX": { dns: { "a.test": { txt: ["v=spf1 mx ~all"] } }, says: ["MX", "wrong", /no MX record/] },
  "a null MX": {
    dns: { "a.test": { mx: [{ preference: 0, exchange: "" }] } },
    says: ["MX", "urgent", /takes no mail at all/],
  },
  "an MX elsewhere": {
    dns: { "a.test": { mx: [{ preference: 1, exchange: "mx.old.test" }] } },
    says: ["MX", "wrong", /goes to mx\.old\.test, not to this server/],
  },
  "another MX before ours": {
    dns: {
      "a.test": {
        mx: [
          { preference: 1, exchange: "mx.old.test" },
          { preference: 10, exchange: "mail.a.test" },
        ],
      },
    },
    says: ["MX", "look", /goes to mx\.old\.test first/],
  },
  "an address in an MX": {
    dns: { "a.test": { mx: [{ preference: 1, exchange: "203.0.113.5" }] } },
    says: ["MX", "wrong", /a name belongs there/],
  },
  "no SPF": {
    dns: { "a.test": { mx: [{ preference: 10, exchange: "mail.a.test" }] } },
    says: ["SPF", "wrong", /no SPF record/],
  },
  "two SPF records": {
    dns: { "a.test": { txt: ["v=spf1 mx ~all", "v=spf1 include:x.test -all"] } },
    says: ["SPF", "urgent", /2 SPF records/],
  },
  "an SPF record without our address": {
    dns: { "a.test": { txt: ["v=spf1 ip4:198.51.100.1 -all"] } },
    says: ["SPF", "urgent", /forbids 203\.0\.113\.5/],
  },
  "an SPF record that doubts our address": {
    dns: { "a.test": { txt: ["v=spf1 ip4:198.51.100.1 ~all"] } },
    says: ["SPF", "wrong", /doubts 203\.0\.113\.5/],
  },
  "an SPF record that says nothing of our address": {
    dns: { "a.test": { txt: ["v=spf1 ip4:198.51.100.1"] } },
    says: ["SPF", "wrong", /does not say that 203\.0\.113\.5/],
  },
  "an SPF record that lets anybody send": {
    dns: { "a.test": { txt: ["v=spf1 mx +all"] } },
    says: ["SPF", "wrong", /lets anybody send/],
  },
  "an SPF record in error": {
    dns: { "a.test": { txt: ["v=spf1 mxx ~all"] } },
    says: ["SPF", "urgent", /in error, and counts as none/],
  },
  "an SPF record of our own name that forbids us": {
    dns: { "mail.a.test": { a: [address], txt: ["v=spf1 -all"] } },
    says: ["SPF", "wrong", /bounces and reports from here are refused/],
  },
  "no SPF record of our own name": {
    dns: { "mail.a.test": { a: [address] } },
    says: ["SPF", "may", /no SPF record of its own/],
  },
  "mail that leaves through another server": {
    facts: { smartHost: "out.far.test" },
    dns: { [address]: {}, "mail.a.test": { a: [address] } },
    says: ["SPF", "may", /leaves through out\.far\.test/],
  },
  "a key in use without its record": {
    dns: { [dkimName]: {} },
    says: ["DKIM", "urgent", /signatures fail everywhere/],
  },
  "a key in use with another record": {
    dns: { [dkimName]: { txt: [recordText(pairs.ed25519)] } },
    says: ["DKIM", "urgent", /another record than its own/],
  },
  "a key that waits": {
    facts: { keys: [keyOf("rsa", "coming")] },
    dns: { [dkimName]: {} },
    says: ["DKIM", "look", /waits for its record: nothing is signed/],
  },
  "a key that is old": {
    facts: { keys: [{ ...keyOf("rsa"), createdAt: now - 401 * day }] },
    says: ["DKIM", "may", /more than a year old/],
  },
  "no key in use": {
    facts: { keys: [keyOf("rsa", "coming")] },
    dns: { [dkimName]: {} },
    says: ["DKIM", "wrong", /goes out unsigned/],
  },
  "a key that waits beside a wrong record": {
    facts: { keys: [keyOf("rsa", "coming")] },
    dns: { [dkimName]: { txt: ["v=DKIM1; p="] } },
    says: ["DKIM", "wrong", /another record than its own/],
  },
  "a record taken out too early": {
    facts: { keys: [keyOf("ed25519"), keyOf("rsa", "retiring")] },
    dns: { [dkimName]: {} },
    says: ["DKIM", "look", /those signatures fail/],
  },
  "a record that may go in some days": {
    facts: { keys: [keyOf("ed25519"), keyOf("rsa", "retiring")] },
    says: ["DKIM", "well", /may go in 12 days/],
  },
  "a record of a key that is over": {
    facts: { keys: [keyOf("ed25519"), keyOf("rsa", "revoked")] },
    says: ["DKIM", "look", /its record is still there/],
  },
  "no DMARC": { dns: { "_dmarc.a.test": {} }, says: ["DMARC", "wrong", /no DMARC record: Gmail/] },
  "two DMARC records": {
    dns: { "_dmarc.a.test": { txt: ["v=DMARC1; p=none", "v=DMARC1; p=reject"] } },
    says: ["DMARC", "wrong", /of several none counts/],
  },
  "a DMARC record that watches": {
    dns: { "_dmarc.a.test": { txt: ["v=DMARC1; p=none"] } },
    says: ["DMARC", "look", /only watches \(p=none\)/],
  },
  "a DMARC record of the domain above": {
    facts: { domain: "news.a.test" },
    says: ["DMARC", "well", /under the DMARC record of a\.test/],
  },
  "a DMARC record of the domain above that lets subdomains off": {
    facts: { domain: "news.a.test" },
    dns: { "_dmarc.a.test": { txt: ["v=DMARC1; p=reject; sp=none"] } },
    says: ["DMARC", "look", /only watches/],
  },
  "no MTA-STS record": {
    dns: { "_mta-sts.a.test": {} },
    says: ["MTA-STS", "may", /no MTA-STS record/],
  },
  "an MTA-STS record of another policy": {
    dns: { "_mta-sts.a.test": { txt: ["v=STSv1; id=1"] } },
    says: ["MTA-STS", "wrong", /another policy/],
  },
  "an MTA-STS record that cannot be read": {
    dns: { "_mta-sts.a.test": { txt: ["v=STSv1; id=a-b"] } },
    says: ["MTA-STS", "wrong", /cannot be read/],
  },
  "an MTA-STS record without a host for the policy": {
    dns: { "mta-sts.a.test": {} },
    says: ["MTA-STS", "wrong", /has no address/],
  },
  "a policy behind a wrong certificate": {
    file: { kind: "failed", why: "unverified" },
    says: ["MTA-STS", "wrong", /not good for that name/],
  },
  "a policy that is not served": { file: file("no", 404), says: ["MTA-STS", "wrong", /404, not 200/] },
  "an enforced policy that does not name us": {
    file: file(stsPolicyText("mx.old.test", "enforce")),
    says: ["MTA-STS", "urgent", /servers that heed it do not deliver here/],
  },
  "a policy of another mode": {
    file: file(stsPolicyText(hostname, "testing")),
    says: ["MTA-STS", "look", /says testing/],
  },
  "an enforced policy with a certificate that nobody vouches for": {
    facts: { certificate: { ...certificate, selfSigned: true } },
    says: ["MTA-STS", "urgent", /signed by itself/],
  },
  "a policy on trial with a certificate that nobody vouches for": {
    facts: { mtaSts: "testing", certificate: { ...certificate, selfSigned: true } },
    dns: { "_mta-sts.a.test": { txt: [`v=STSv1; id=${stsPolicyId(hostname, "testing")}`] } },
    says: ["MTA-STS", "look", /enforced, it would keep mail away/],
  },
  "an enforced policy with a certificate of another name": {
    facts: { certificate: { ...certificate, names: ["www.a.test"] } },
    says: ["MTA-STS", "urgent", /not for mail\.a\.test/],
  },
  "an enforced policy beside another MX": {
    dns: {
      "a.test": {
        mx: [
          { preference: 10, exchange: "mail.a.test" },
          { preference: 20, exchange: "mx2.far.test" },
        ],
        txt: ["v=spf1 mx ~all"],
      },
    },
    says: ["MTA-STS", "wrong", /leads elsewhere too \(mx2\.far\.test\)/],
  },
  "an MTA-STS record though there shall be no policy": {
    facts: { mtaSts: "none" },
    says: ["MTA-STS", "look", /none holds any more/],
  },
  "no TLS-RPT": { dns: { "_smtp._tls.a.test": {} }, says: ["TLS-RPT", "may", /nobody says so/] },
  "a TLS-RPT record that cannot be read": {
    dns: { "_smtp._tls.a.test": { txt: ["v=TLSRPTv1; rua=x"] } },
    says: ["TLS-RPT", "wrong", /cannot be read/],
  },
  "a TLSA record of another certificate": {
    facts: { certificate: certificateFor(hostname) },
    says: ["DANE", "urgent", /refuse to deliver here, now/],
  },
  "a TLSA record of another certificate that nobody heeds": {
    facts: { certificate: certificateFor(hostname) },
    dns: { "_25._tcp.mail.a.test": { tlsa: [rightTlsa] } },
    says: ["DANE", "wrong", /as soon as it is believed/],
  },
  "a TLSA record in a zone without DNSSEC": {
    dns: { "_25._tcp.mail.a.test": { tlsa: [rightTlsa] } },
    says: ["DANE", "may", /not signed \(DNSSEC\), so nobody heeds it/],
  },
  "a TLSA record under a domain without DNSSEC": {
    dns: {
      "a.test": { mx: [{ preference: 10, exchange: "mail.a.test" }], txt: ["v=spf1 mx ~all"] },
    },
    says: ["DANE", "may", /the zone of a\.test is not signed/],
  },
  "no TLSA record in a signed zone": {
    dns: { "_25._tcp.mail.a.test": {} },
    says: ["DANE", "may", /has no TLSA record/],
  },
  "name servers that fail for TLSA": {
    dns: { "_25._tcp.mail.a.test": { fails: "servfail" } },
    says: ["DANE", "wrong", /put mail to this server off/],
  },
  "CAA records that forbid our authority": {
    dns: {
      "mail.a.test": { a: [address], txt: ["v=spf1 a -all"] },
      "a.test": { caa: [{ critical: false, tag: "issue", value: ";" }] },
    },
    says: ["CAA", "urgent", /at a\.test do not let ca\.test sign/],
  },
  "no CAA records": {
    dns: { "mail.a.test": { a: [address], txt: ["v=spf1 a -all"] } },
    says: ["CAA", "may", /any authority may/],
  },
  "a service elsewhere": {
    dns: {
      "_imaps._tcp.a.test": { srv: [{ priority: 0, weight: 1, port: 993, target: "imap.old.test" }] },
    },
    says: ["services", "look", /leads to imap\.old\.test port 993/],
  },
  "a service that is not said": {
    dns: { "_imaps._tcp.a.test": {} },
    says: ["services", "may", /is not there/],
  },
  "a helper that is not there": {
    dns: { "autoconfig.a.test": {} },
    says: ["services", "may", /autoconfig\.a\.test is not there/],
  },
}

describe("says what is wrong and what it breaks", () => {
  for (const [name, { says, ...changed }] of Object.entries(cases))
    test(name, async () => {
      const findings = await find(changed)
      const [about, state, words] = says
      const found = findings.filter(one => one.about === about && one.state === state)
      assert.ok(
        found.some(one => words.test(one.says)),
        JSON.stringify(findings.filter(one => one.about === about)),
      )
      for (const one of found) assert.equal(one.todo === undefined, state === "well" || state === "unknown")
    })
})

test("what the DNS says cannot move a terminal's cursor", async () => {
  const findings = await find({ dns: { [address]: { ptr: ["\u001b[2Jmail.a.test"] } } })
  assert.ok(findings.some(one => one.says.includes("?[2Jmail.a.test")))
})

test("from one look to the next it tells what has come and what has gone", async () => {
  const good = await find()
  assert.deepEqual(drift(good, await find()), { gone: [], come: [], known: good })
  const broken = drift(good, await find({ dns: { "_dmarc.a.test": {} } }))
  assert.deepEqual(topicsOf(broken), { gone: [], come: ["DMARC wrong"] })
  const silent = { "_dmarc.a.test": { fails: "timeout" } } as const
  const unanswered = drift(broken.known, await find({ dns: silent }))
  assert.deepEqual(topicsOf(unanswered), { gone: [], come: ["DMARC unknown"] })
  assert.deepEqual(topicsOf(drift(unanswered.known, await find({ dns: silent }))), { gone: [], come: [] })
  assert.deepEqual(topicsOf(drift(unanswered.known, await find())), {
    gone: ["DMARC wrong", "DMARC unknown"],
    come: [],
  })
})

const topicsOf = ({ gone, come }: ReturnType<typeof drift>) => ({
  gone: gone.map(({ about, state }) => `${about} ${state}`),
  come: come.map(({ about, state }) => `${about} ${state}`),
})
