import assert from "node:assert/strict"
import { test } from "node:test"
import type { DnsTable } from "@letterkeep/dns"
import { makeDkimKey, signDkim } from "../../../fixtures/dkim-signer.ts"
import type { Seen } from "../dmarc-reports/index.ts"
import { mailAddress } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { openTestHouse } from "./open-test-house.ts"

const key = makeDkimKey("signed.test")
const asks = (domain: string, policy: string): DnsTable => ({
  [`_dmarc.${domain}`]: { txt: [`v=DMARC1; ${policy}; rua=mailto:dmarc@${domain}`] },
})
const dns: DnsTable = {
  "good.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  "bounce.good.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  ...asks("good.test", "p=reject; sp=none; aspf=s"),
  "signed.test": { txt: ["v=spf1 -all"] },
  "bounce.signed.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  ...asks("signed.test", "p=quarantine"),
  "s1._domainkey.signed.test": { txt: [key.record] },
  "forged.test": { txt: ["v=spf1 -all"] },
  ...asks("forged.test", "p=reject"),
  "doubted.test": { txt: ["v=spf1 -all"] },
  ...asks("doubted.test", "p=quarantine"),
  "tried.test": { txt: ["v=spf1 -all"] },
  ...asks("tried.test", "p=reject; t=y"),
  "watched.test": { txt: ["v=spf1 -all"] },
  ...asks("watched.test", "p=none"),
  "silent.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  "_dmarc.silent.test": { txt: ["v=DMARC1; p=reject"] },
  "unsaid.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  "_dmarc.broken.test": { fails: "servfail" },
}

test("counts what came of each message, for the domains that ask for it, and nothing of who got it", async t => {
  const counted: Seen[] = []
  const house = await openTestHouse(t, dns, { collector: { count: seen => void counted.push(seen) } })
  const usual = await house.envelopeTo("anna", "ben")
  const arrive = async (domain: string, path = `a@${domain}`, sign = false) => {
    counted.length = 0
    const text = `From: Carla <carla@${domain}>\r\nDate: Wed, 4 Mar 2026 12:00:00 +0000\r\nTo: anna@near.test\r\nMessage-ID: <1@${domain}>\r\nSubject: hello\r\n\r\nGood day.\r\n`
    const incoming = house.receive.begin({ ...usual, reversePath: mailAddress(path) })
    incoming.write(sign ? signDkim(Buffer.from(text), key) : Buffer.from(text))
    const outcome = await incoming.finish()
    assert.ok(counted.length < 2, "a message counts once, however many get it")
    const [seen] = counted
    return { outcome: outcome.kind, seen: seen === undefined ? undefined : opened(seen) }
  }
  const recordOf = async (...given: Parameters<typeof arrive>) => {
    const { outcome, seen } = await arrive(...given)
    const record = seen?.record
    const reasons = record?.reasons.map(({ type }) => type)
    return [outcome, record?.disposition, `dkim ${record?.dkim}`, `spf ${record?.spf}`, ...(reasons ?? [])]
  }
  assert.deepEqual(await recordOf("good.test"), ["kept", "pass", "dkim fail", "spf pass"])
  assert.deepEqual(await recordOf("signed.test", "b@bounce.signed.test", true), [
    ...["kept", "pass", "dkim pass", "spf pass"],
  ])
  assert.deepEqual(await recordOf("forged.test"), ["refused", "reject", "dkim fail", "spf fail"])
  assert.deepEqual(await recordOf("doubted.test"), ["kept", "quarantine", "dkim fail", "spf fail"])
  assert.deepEqual(await recordOf("watched.test"), ["kept", "none", "dkim fail", "spf fail"])
  assert.deepEqual(await recordOf("tried.test"), [
    ...["kept", "quarantine", "dkim fail", "spf fail", "policy_test_mode"],
  ])
  // strict alignment: a domain below is another
  assert.deepEqual(await recordOf("good.test", "b@bounce.good.test"), [
    ...["refused", "reject", "dkim fail", "spf fail"],
  ])
  for (const domain of ["silent.test", "unsaid.test"])
    assert.deepEqual(await arrive(domain), { outcome: "kept", seen: undefined })
  assert.deepEqual(await arrive("broken.test"), { outcome: "later", seen: undefined })

  const { seen } = await arrive("signed.test", "", true)
  assert.deepEqual(seen, {
    isNotice: true,
    reportsTo: [{ address: "dmarc@signed.test", domain: "signed.test", limit: undefined }],
    policy: {
      ...{
        domain: "signed.test",
        policy: "quarantine",
        subdomainPolicy: undefined,
        nonexistentPolicy: undefined,
      },
      ...{ dkimAlignment: "relaxed", spfAlignment: "relaxed", isTest: false, failureOptions: undefined },
      ...{ discovery: "treewalk", percent: undefined },
    },
    record: {
      ...{ sourceIp: "192.0.2.1", disposition: "pass", reasons: [], dkim: "pass", spf: "fail" },
      ...{ headerFrom: "signed.test", envelopeFrom: undefined, envelopeTo: undefined },
      dkimResults: [{ domain: "signed.test", selector: "s1", result: "pass", human: undefined }],
      spfResults: [{ domain: "mx.far.test", scope: "mfrom", result: "none", human: undefined }],
    },
  })
})
