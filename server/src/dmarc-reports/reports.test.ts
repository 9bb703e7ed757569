import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { gzipSync } from "node:zlib"
import { scanMessage } from "@letterkeep/mime"
import { dmarcCommands } from "../doors/control/commands/dmarc.ts"
import { systemTimer } from "../ports/timer.ts"
import { mailAddress } from "../privacy/index.ts"
import { testPrivacy } from "../privacy/test-privacy.ts"
import type { AccountId } from "../store/ids.ts"
import { makeAccount, makeHolder, openTestVaults } from "../vaults/open-test-vaults.ts"
import { createReception, readingShare } from "./reception.ts"
import { dailyLimit, openReportRows } from "./rows.ts"
import { makeReport, makeZip } from "./test-reports.ts"

const hour = 60 * 60 * 1000

async function openReports(t: TestContext) {
  const house = await openTestVaults(t)
  const { store, clock, log } = house
  const anna = await makeAccount(house, makeHolder())
  await store.sql`insert into domain (org_id, domain) select org_id, 'near.test' from org`
  const rows = openReportRows(house)
  const reception = createReception({ rows, privacy: testPrivacy, clock, timer: systemTimer, log })
  const today = Math.floor(clock.at / (24 * hour)) * 24 * hour
  const yesterday = today - 24 * hour
  const [command] = dmarcCommands({ rows, privacy: testPrivacy, clock })
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    bytes: async () => undefined,
  }
  return {
    ...{ ...house, rows, anna, today, yesterday },
    async arrive(attachment: Buffer, more: Arriving = {}): Promise<void> {
      const { to = "postmaster@near.test", reporter = "far.test", type = "application/gzip" } = more
      const scan = scanMessage(letterWith(attachment, type))
      await testPrivacy.gate("mail.receive", { kind: "account", account: anna }, async permit =>
        reception.take(
          { ...recipientsOf(anna, to), scan, ...(reporter === "" ? none : { reporter }) },
          permit,
        ),
      )
      await reception.idle()
    },
    ask: async (input: object = {}) => await command?.run({ domain: "near.test", ...input }, call),
    /** Why reports were not read, so far. */
    unread: () =>
      log.events
        .filter(({ name }) => name === "dmarc.report-unread")
        .map(({ fields }) => "why" in fields && fields.why),
  }
}

interface Arriving {
  readonly to?: string
  /** "": of nobody that anything vouches for. */
  readonly reporter?: string
  readonly type?: string
}
const none = { reporter: undefined }
const recipientsOf = (accountId: AccountId, to: string) => ({
  recipients: [{ accountId, address: mailAddress(to) }],
})

function letterWith(attachment: Buffer, type: string): Buffer {
  const lines = [
    "From: dmarc@far.test",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "A report.",
    "--b",
    `Content-Type: ${type}; name="far.test!near.test!1!2.xml.gz"`,
    "Content-Transfer-Encoding: base64",
    "",
    attachment.toString("base64").replace(/.{76}/g, "$&\r\n"),
    "--b--",
    "",
  ]
  return Buffer.from(lines.join("\r\n"))
}

test("says in words who sent in a domain's name, and what would be refused", async t => {
  const { arrive, ask, yesterday } = await openReports(t)
  assert.match((await ask())?.text ?? "", /^in the last 30 days nobody has reported/)
  const sources = [
    { sourceIp: "203.0.113.5", count: 120 },
    { sourceIp: "198.51.100.7", count: 1080, dkim: "pass", spf: "pass" },
  ] as const
  await arrive(gzipSync(makeReport("near.test", yesterday, sources)))
  const other = [{ sourceIp: "203.0.113.5", count: 5, disposition: "quarantine" }] as const
  const zip = makeZip([{ name: "r.xml", bytes: makeReport("near.test", yesterday, other) }])
  await arrive(zip, { reporter: "wide.test", type: "application/octet-stream" })
  const asked = await ask()
  assert.equal(
    asked?.text,
    `near.test, 2026-03-03 to 2026-03-03: 2 reports of 2 reporters, each by its own word:
  far.test (1,200), wide.test (5)

1,205 messages in its name: 1,080 pass DMARC, 125 do not

what passes:
  198.51.100.7 sent 1,080 messages as near.test, vouched for by DKIM and SPF

what does not:
  203.0.113.5 sent 125 messages as near.test that neither SPF nor DKIM vouch for (5 put aside); reported by far.test, wide.test

under p=reject these 125 would be refused.
Where an address above is one of yours, or of somebody who sends for you, put it into SPF and let it sign first.`,
  )
  assert.partialDeepStrictEqual(asked?.value, { reports: 2, passed: 1080, failed: 125 })
})

test("reads what somebody vouches for, once, for a domain of ours, at its postmaster's", async t => {
  const { arrive, ask, unread, yesterday } = await openReports(t)
  const report = gzipSync(makeReport("near.test", yesterday, [{ sourceIp: "192.0.2.1", count: 1 }]))
  await arrive(report, { reporter: "" })
  await arrive(report, { to: "anna@near.test" })
  assert.match((await ask())?.text ?? "", /nobody has reported/)
  assert.deepEqual(unread(), [])
  await arrive(report, { to: "Postmaster@near.test" })
  await arrive(report)
  await arrive(gzipSync(makeReport("elsewhere.test", yesterday, [{ sourceIp: "192.0.2.1", count: 1 }])))
  await arrive(gzipSync(Buffer.alloc(20 * 1024 * 1024, 0x20)))
  await arrive(gzipSync(Buffer.from("<html></html>")))
  await arrive(report.subarray(0, 40))
  assert.deepEqual(unread(), ["known", "not-ours", "too-large", "no-report", "damaged"])
  assert.match((await ask())?.text ?? "", /1 message in its name/)
  const below = makeReport("shop.near.test", yesterday, [{ sourceIp: "192.0.2.1", count: 2 }])
  await arrive(gzipSync(below))
  assert.match((await ask())?.text ?? "", /3 messages in its name/)
})

test("takes so many reports about a domain in a day, and forgets them after sixty", async t => {
  const { store, rows, clock, yesterday, ask } = await openReports(t)
  const figures = {
    ...{
      domain: "near.test",
      policy: "none" as const,
      organization: "",
      from: yesterday,
      to: yesterday,
      others: 1,
    },
    ...{ sources: [], reporter: "far.test" },
  }
  for (let no = 0; no < 3; no += 1)
    assert.equal(await rows.add("near.test", { ...figures, id: String(no), receivedAt: clock.at }), "added")
  await store.sql`
    insert into dmarc_report (domain, report_hash, received_at, data)
    select 'near.test', decode(lpad(to_hex(no), 64, '0'), 'hex'), ${new Date(clock.at)}, data
      from generate_series(1, ${dailyLimit - 3}) no, (select data from dmarc_report limit 1) one`
  assert.equal(await rows.add("near.test", { ...figures, id: "more", receivedAt: clock.at }), "too-many")
  assert.equal(await rows.add("near.test", { ...figures, id: "0", receivedAt: clock.at }), "known")
  await assert.rejects(async () => await ask(), /not authentic|not-authentic|altered/i)
  clock.at += 61 * 24 * hour
  assert.equal(await rows.add("near.test", { ...figures, id: "0", receivedAt: clock.at }), "known")
  assert.equal(await rows.dropOld(), dailyLimit)
  assert.equal(await rows.add("near.test", { ...figures, id: "0", receivedAt: clock.at }), "added")
})

test("spends a share of the time on reports, and at its end reads none that waits", async t => {
  const { clock, rows, log, anna, yesterday, unread } = await openReports(t)
  const report = gzipSync(makeReport("near.test", yesterday, [{ sourceIp: "192.0.2.1", count: 1 }]))
  const scan = scanMessage(letterWith(report, "application/gzip"))
  let begun = 0
  let held: Promise<void> = Promise.resolve()
  const reception = createReception({
    ...{ rows, privacy: testPrivacy, clock, timer: systemTimer, log },
    async read() {
      begun += 1
      clock.at += 25_000
      await held
      return { kind: "gave-up" }
    },
  })
  const take = () =>
    testPrivacy.gate("mail.receive", { kind: "account", account: anna }, async permit =>
      reception.take({ ...recipientsOf(anna, "postmaster@near.test"), scan, reporter: "far.test" }, permit),
    )
  for (let no = 0; no < 5; no += 1) {
    await take()
    await reception.idle()
  }
  assert.equal(begun, 3)
  assert.deepEqual(unread(), ["gave-up", "gave-up", "gave-up", "too-many", "too-many"])
  clock.at += readingShare.everyMs
  const release = Promise.withResolvers<void>()
  held = release.promise
  await take()
  await take()
  const closed = reception.close()
  release.resolve()
  await closed
  assert.equal(begun, 4)
})

test("asks about domains of ours and days there are", async t => {
  const { ask } = await openReports(t)
  await assert.rejects(async () => await ask({ domain: "elsewhere.test" }), /no domain of this server/)
  await assert.rejects(async () => await ask({ domain: "a b" }), /no domain name/)
  await assert.rejects(async () => await ask({ days: "61" }), /from 1 to 60/)
})
