import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { makeReport } from "../dmarc-reports/test-reports.ts"
import { dmarcLetter, openTestReporting } from "./open-test-reporting.ts"

const today = Math.floor(Date.now() / 86_400_000) * 86_400_000
const report = (count: number) =>
  gzipSync(makeReport("near.test", today - 86_400_000, [{ sourceIp: "203.0.113.5", count }]))

test("a report to the postmaster is kept as mail, and read where its sender is vouched for", async t => {
  const { arrive, dmarc, mailOf } = await openTestReporting(t)
  await arrive(dmarcLetter("far.test", report(120)), "far.test")
  await arrive(dmarcLetter("forged.test", report(7)), "forged.test")
  assert.deepEqual(await dmarc(), ["far.test 203.0.113.5 120"])
  assert.equal((await mailOf("anna")).length, 2)
})
