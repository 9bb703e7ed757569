import assert from "node:assert/strict"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { letterWith, makeTlsReport } from "../sending/tls-reports/received/test-reports.ts"
import { openTestReporting, signed } from "./open-test-reporting.ts"

const yesterday = Date.now() - 86_400_000

test("a report about TLS is kept as mail, and read where its reporter has signed it", async t => {
  const { arrive, tls, mailOf } = await openTestReporting(t)
  const letter = letterWith(gzipSync(makeTlsReport(yesterday, [{ successful: 1200 }])))
  await arrive(letter)
  await arrive(await signed(letter, "other.test"))
  assert.deepEqual(await tls(), [])
  await arrive(await signed(letter, "far.test"))
  assert.deepEqual(await tls(), ["far.test 1200"])
  assert.equal((await mailOf("anna")).length, 3)
})

test("a report whose signature does not hold says nothing", async t => {
  const { arrive, tls } = await openTestReporting(t)
  const letter = await signed(letterWith(gzipSync(makeTlsReport(yesterday, [{ successful: 1 }]))), "far.test")
  await arrive(Buffer.from(letter.toString("latin1").replace("aggregate", "Aggregate"), "latin1"))
  assert.deepEqual(await tls(), [])
})
