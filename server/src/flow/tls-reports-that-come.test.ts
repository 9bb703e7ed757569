import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import { type TestContext, test } from "node:test"
import { gzipSync } from "node:zlib"
import { createDkimSigner, splitFields } from "@letterkeep/dkim"
import { mailAddress } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { letterWith, makeTlsReport } from "../sending/tls-reports/received/test-reports.ts"
import { openTestHouse } from "./open-test-house.ts"

const key = generateKeyPairSync("rsa", { modulusLength: 2048 })
const record = `v=DKIM1; k=rsa; p=${key.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`
const yesterday = Date.now() - 86_400_000

async function signed(letter: Buffer, domain: string): Promise<Buffer> {
  const signing = createDkimSigner({ domain, keys: [{ selector: "s", key: key.privateKey }] }).begin()
  const body = letter.indexOf("\r\n\r\n") + 4
  signing.body(letter.subarray(body))
  const done = await signing.sign(splitFields(letter.subarray(0, body)), { now: Date.now() })
  assert.ok(done.kind === "signed")
  return Buffer.concat([Buffer.from(done.text), letter])
}

/** The house, with Anna as the administrator, and what it has read of the reports that it was sent. */
async function openReporting(t: TestContext) {
  const house = await openTestHouse(t, {
    "far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
    "s._domainkey.far.test": { txt: [record] },
    "s._domainkey.other.test": { txt: [record] },
    "_dmarc.far.test": { txt: ["v=DMARC1; p=none"] },
  })
  await house.store
    .sql`update account set role = 'administrator' where account_id = (select min(account_id) from account)`
  const found = await house.receive.recipient(mailAddress("postmaster@near.test"))
  assert.ok(found.kind === "local")
  const usual = await house.envelopeTo("anna")
  const arrive = async (letter: Buffer): Promise<void> => {
    const reversePath = mailAddress("bounces@far.test")
    const incoming = house.receive.begin({ ...usual, reversePath, recipients: [found] })
    incoming.write(letter)
    assert.equal((await incoming.finish()).kind, "kept")
    await house.tlsReception.idle()
  }
  const told = async () => {
    const lines: string[] = []
    for await (const one of house.tlsReportRows.read("near.test", 0)) {
      const { reporter, policies } = opened(one)
      lines.push(`${reporter} ${policies[0]?.successful}`)
    }
    return lines
  }
  return { ...house, arrive, told }
}

test("a report about TLS is kept as mail, and read where its reporter has signed it", async t => {
  const { arrive, told, mailOf } = await openReporting(t)
  const letter = letterWith(gzipSync(makeTlsReport(yesterday, [{ successful: 1200 }])))
  await arrive(letter)
  await arrive(await signed(letter, "other.test"))
  assert.deepEqual(await told(), [])
  await arrive(await signed(letter, "far.test"))
  assert.deepEqual(await told(), ["far.test 1200"])
  assert.equal((await mailOf("anna")).length, 3)
})

test("a report whose signature does not hold says nothing", async t => {
  const { arrive, told } = await openReporting(t)
  const letter = await signed(letterWith(gzipSync(makeTlsReport(yesterday, [{ successful: 1 }]))), "far.test")
  await arrive(Buffer.from(letter.toString("latin1").replace("aggregate", "Aggregate"), "latin1"))
  assert.deepEqual(await told(), [])
})
