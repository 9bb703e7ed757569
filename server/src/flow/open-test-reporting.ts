/** The house of tests with Anna as its administrator, to whose postmaster others send reports; and what it read of them. */
import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import type { TestContext } from "node:test"
import { createDkimSigner, splitFields } from "@letterkeep/dkim"
import { mailAddress } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { openTestHouse } from "./open-test-house.ts"

const key = generateKeyPairSync("rsa", { modulusLength: 2048 })
const record = `v=DKIM1; k=rsa; p=${key.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`

/** Mail of far.test comes from where it may, that of forged.test does not; far.test and other.test have keys to sign with. */
const zone = {
  "far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
  "s._domainkey.far.test": { txt: [record] },
  "s._domainkey.other.test": { txt: [record] },
  "_dmarc.far.test": { txt: ["v=DMARC1; p=none"] },
  "forged.test": { txt: ["v=spf1 -all"] },
  "_dmarc.forged.test": { txt: ["v=DMARC1; p=none"] },
}

/** With a signature of one of the domains that have keys. */
export async function signed(letter: Buffer, domain: string): Promise<Buffer> {
  const signing = createDkimSigner({ domain, keys: [{ selector: "s", key: key.privateKey }] }).begin()
  const body = letter.indexOf("\r\n\r\n") + 4
  signing.body(letter.subarray(body))
  const done = await signing.sign(splitFields(letter.subarray(0, body)), { now: Date.now() })
  assert.ok(done.kind === "signed")
  return Buffer.concat([Buffer.from(done.text), letter])
}

/** A letter with a report about DMARC, as a domain sends it. */
export const dmarcLetter = (from: string, attachment: Buffer): Buffer =>
  Buffer.from(
    [
      ...[`From: reports@${from}`, "Subject: Report Domain: near.test", "MIME-Version: 1.0"],
      'Content-Type: application/gzip; name="r.xml.gz"',
      ...["Content-Transfer-Encoding: base64", "", attachment.toString("base64"), ""],
    ].join("\r\n"),
    "latin1",
  )

export async function openTestReporting(t: TestContext) {
  const house = await openTestHouse(t, zone)
  await house.store
    .sql`update account set role = 'administrator' where account_id = (select min(account_id) from account)`
  const found = await house.receive.recipient(mailAddress("postmaster@near.test"))
  assert.ok(found.kind === "local")
  const usual = await house.envelopeTo("anna")
  return {
    mailOf: house.mailOf,
    async arrive(letter: Buffer, from = "far.test"): Promise<void> {
      const reversePath = mailAddress(`bounces@${from}`)
      const incoming = house.receive.begin({ ...usual, reversePath, recipients: [found] })
      incoming.write(letter)
      assert.equal((await incoming.finish()).kind, "kept")
      await Promise.all([house.tlsReception.idle(), house.reports.idle()])
    },
    /** Of each report about TLS who sent it, and how many connections were well. */
    async tls(): Promise<readonly string[]> {
      const lines: string[] = []
      for await (const one of house.tlsReportRows.read("near.test", 0)) {
        const { reporter, policies } = opened(one)
        lines.push(`${reporter} ${policies[0]?.successful}`)
      }
      return lines
    },
    /** Of each report about DMARC who sent it, of which machine first, and of how many of its mails. */
    async dmarc(): Promise<readonly string[]> {
      const lines: string[] = []
      for await (const one of house.reportRows.read("near.test", 0)) {
        const { reporter, sources } = opened(one)
        lines.push(`${reporter} ${sources[0]?.ip} ${sources[0]?.count}`)
      }
      return lines
    },
  }
}
