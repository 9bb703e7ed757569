import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { makeReport } from "../dmarc-reports/test-reports.ts"
import { mailAddress } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { openTestHouse } from "./open-test-house.ts"

const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
const report = (count: number) =>
  gzipSync(makeReport("near.test", today - 86_400_000, [{ sourceIp: "203.0.113.5", count }]))

const letter = (from: string, attachment: Buffer) =>
  `From: reports@${from}\r\nSubject: Report Domain: near.test\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip; name="r.xml.gz"\r\nContent-Transfer-Encoding: base64\r\n\r\n${attachment.toString("base64")}\r\n`

test("a report to the postmaster is kept as mail, and read where its sender is vouched for", async t => {
  const house = await openTestHouse(t, {
    "far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] },
    "forged.test": { txt: ["v=spf1 -all"] },
    "_dmarc.forged.test": { txt: ["v=DMARC1; p=none"] },
  })
  await house.store
    .sql`update account set role = 'administrator' where account_id = (select min(account_id) from account)`
  const found = await house.receive.recipient(mailAddress("postmaster@near.test"))
  assert.ok(found.kind === "local")
  const usual = await house.envelopeTo("anna")
  const arrive = async (from: string, count: number): Promise<void> => {
    const reversePath = mailAddress(`bounces@${from}`)
    const incoming = house.receive.begin({ ...usual, reversePath, recipients: [found] })
    incoming.write(Buffer.from(letter(from, report(count)), "latin1"))
    const outcome = await incoming.finish()
    assert.equal(outcome.kind, "kept")
    await house.reports.idle()
  }
  await arrive("far.test", 120)
  await arrive("forged.test", 7)
  const told: string[] = []
  for await (const one of house.reportRows.read("near.test", 0)) {
    const { reporter, sources } = opened(one)
    told.push(`${reporter} ${sources[0]?.ip} ${sources[0]?.count}`)
  }
  assert.deepEqual(told, ["far.test 203.0.113.5 120"])
  assert.equal((await house.mailOf("anna")).length, 2)
})
