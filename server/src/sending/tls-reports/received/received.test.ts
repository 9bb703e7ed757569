import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { gzipSync } from "node:zlib"
import { scanMessage } from "@letterkeep/mime"
import { tlsReportCommands } from "../../../doors/control/commands/tls-reports.ts"
import { mailAddress } from "../../../privacy/index.ts"
import { testPrivacy } from "../../../privacy/test-privacy.ts"
import { type AccountId, asId } from "../../../store/ids.ts"
import { openTestVaults } from "../../../vaults/open-test-vaults.ts"
import { createTlsReception } from "./reception.ts"
import { dailyLimit, openTlsReportRows } from "./rows.ts"
import { failure, letterWith, makeTlsReport } from "./test-reports.ts"

const hour = 60 * 60_000

interface Sent {
  readonly to?: string
  readonly reporter?: string | undefined
  readonly signers?: readonly string[]
  readonly type?: string
  readonly name?: string
}

/** Reports that come to the postmaster of near.test, and what an operator is told of them. */
async function opened(t: TestContext) {
  const house = await openTestVaults(t)
  const { store, clock, log } = house
  await store.transaction(async tx => {
    const [org] = await tx<{ org_id: number }[]>`insert into org (name) values ('A') returning org_id`
    await tx`insert into domain (org_id, domain) values (${org?.org_id ?? 0}, 'near.test')`
  })
  const rows = openTlsReportRows(house)
  const reception = createTlsReception({ rows, privacy: testPrivacy, clock, log })
  const account = asId<AccountId>(7)
  /** All at once. */
  const take = async (attachments: readonly Buffer[], sent: Sent = {}): Promise<void> => {
    const { to = "postmaster@near.test", type, name } = sent
    const reporter = "reporter" in sent ? sent.reporter : "far.test"
    const signers = sent.signers ?? [reporter ?? "far.test"]
    const recipients = [{ accountId: account, address: mailAddress(to) }]
    await testPrivacy.gate("mail.receive", { kind: "account", account }, async permit => {
      for (const attachment of attachments) {
        const scan = scanMessage(letterWith(attachment, type, name))
        reception.take({ recipients, scan, reporter, signers }, permit)
      }
    })
  }
  const arrive = async (attachment: Buffer, sent: Sent = {}): Promise<void> => {
    await take([attachment], sent)
    await reception.idle()
  }
  const [command] = tlsReportCommands({ tlsReportRows: rows, privacy: testPrivacy, clock })
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    bytes: async () => undefined,
  }
  const ask = async (typed: object = {}) => await command?.run({ domain: "near.test", ...typed }, call)
  const unread = () =>
    log.events
      .filter(({ name }) => name === "tls.report-unread")
      .map(({ fields }) => "why" in fields && fields.why)
  const yesterday = clock.at - 36 * hour
  return { ...house, rows, reception, take, arrive, ask, unread, yesterday }
}

test("says in words how others reached a domain's servers, and what went wrong", async t => {
  const { arrive, ask, yesterday } = await opened(t)
  assert.match((await ask())?.text ?? "", /^in the last 30 days nobody has reported/)
  const failures = [failure("certificate-expired", 3), failure("sts-policy-fetch-error", 1, undefined)]
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 1200, failed: 4, failures }])))
  const plain = makeTlsReport(yesterday, [
    { successful: 12, failed: 1, failures: [failure("certificate-expired", 1)] },
  ])
  await arrive(plain, { reporter: "wide.test", type: "application/octet-stream", name: "r.JSON" })
  const asked = await ask()
  assert.equal(
    asked?.text,
    `near.test, 2026-03-03 to 2026-03-03: 2 reports of 2 reporters, each by its own word:
  far.test reached it 1,200 times over TLS as it should be, and 4 times not
  wide.test reached it 12 times over TLS as it should be, and once not

what went wrong:
  4 times the certificate of mx.near.test had expired; reported by far.test, wide.test
  once the MTA-STS policy could not be fetched; reported by far.test

Under a policy in force, mail over these connections waits or goes back. See: ./letterkeep dns near.test, and ./letterkeep doctor`,
  )
  assert.partialDeepStrictEqual(asked?.value, {
    reports: 2,
    policies: [{ kind: "sts", successful: 1212, failed: 5 }],
    failures: [{ result: "certificate-expired", host: "mx.near.test", sessions: 4 }, {}],
  })
  assert.ok(!JSON.stringify(asked?.value).includes("192.0.2"))
})

test("says where nothing went wrong, and where nothing asks for TLS", async t => {
  const { arrive, ask, yesterday } = await opened(t)
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 5 }])))
  assert.match((await ask())?.text ?? "", /nothing went wrong$/)
  const bare = { kind: "no-policy-found", domain: "near.test", lines: [], hosts: [] } as const
  const { arrive: arriveBare, ask: askBare } = await opened(t)
  await arriveBare(gzipSync(makeTlsReport(yesterday, [{ policy: bare, successful: 5 }])))
  assert.match((await askBare())?.text ?? "", /They found no policy/)
})

test("reads what the reporter's domain has signed, once, for a domain of ours, at its postmaster's", async t => {
  const { arrive, ask, unread, yesterday } = await opened(t)
  const report = gzipSync(makeTlsReport(yesterday, [{ successful: 1 }]))
  await arrive(report, { reporter: undefined })
  await arrive(report, { signers: [] })
  await arrive(report, { signers: ["other.test"] })
  await arrive(report, { to: "anna@near.test" })
  await arrive(report, { type: "application/pdf" })
  assert.match((await ask())?.text ?? "", /nobody has reported/)
  assert.deepEqual(unread(), [])
  await arrive(report, {
    to: "Postmaster@near.test",
    reporter: "mail.far.test",
    signers: ["x.test", "far.test"],
  })
  await arrive(report, { reporter: "mail.far.test" })
  const elsewhere = { kind: "sts", domain: "elsewhere.test", lines: [], hosts: [] } as const
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 1, policy: elsewhere }])))
  assert.deepEqual(unread(), ["known", "not-ours"])
  assert.match((await ask())?.text ?? "", /: 1 report of 1 reporter/)
})

test("a report that was made to be expensive, or that is none, is left unread", async t => {
  const { arrive, unread, yesterday, clock } = await opened(t)
  await arrive(gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)))
  await arrive(gzipSync(Buffer.from("[".repeat(500_000))))
  await arrive(gzipSync(Buffer.from("{}")))
  await arrive(Buffer.from("PK"))
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 1 }])).subarray(0, 40))
  await arrive(gzipSync(makeTlsReport(clock.at - 90 * 24 * hour, [{ successful: 1 }])))
  await arrive(gzipSync(makeTlsReport(clock.at + 9 * 24 * hour, [{ successful: 1 }])))
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 1_000_000_001 }])))
  assert.deepEqual(unread(), [
    ...["too-large", "no-report", "no-report", "no-report", "damaged"],
    ...["not-of-these-days", "not-of-these-days", "no-report"],
  ])
})

test("keeps so many kinds of failures, names that are names, and sums for the rest", async t => {
  const { arrive, ask, yesterday } = await opened(t)
  const failures = [
    failure("certificate-expired", 1000, "MX.near.test."),
    failure("certificate-expired", 1000, "\u001b[31m evil"),
    failure("validation-failure", 2_000_000_000, "mx.near.test"),
    ...Array.from({ length: 300 }, (_, n) => failure("validation-failure", 1, `h${n}.test`)),
  ]
  await arrive(gzipSync(makeTlsReport(yesterday, [{ successful: 1, failed: 2300, failures }])))
  const { text, value } = (await ask()) ?? { text: "", value: {} }
  assert.ok(!text.includes("\u001b"))
  assert.match(text, /1,000 times the certificate of mx\.near\.test had expired/)
  assert.match(text, /1,000 times the certificate of a server that is not named had expired/)
  assert.partialDeepStrictEqual(value, { policies: [{ failed: 2300 }] })
  assert.ok(!text.includes("2,000,000,000"))
})

test("reads one after the other, and leaves what comes too fast as mail", async t => {
  const { take, reception, ask, unread, yesterday } = await opened(t)
  const reports = Array.from({ length: 20 }, (_, no) =>
    gzipSync(makeTlsReport(yesterday, [{ successful: 1 }], { id: String(no) })),
  )
  await take(reports)
  await reception.idle()
  assert.deepEqual(unread(), ["too-many", "too-many", "too-many", "too-many"])
  assert.match((await ask())?.text ?? "", /: 16 reports of 1 reporter/)
})

test("takes so many reports about a domain in a day, and forgets them after sixty", async t => {
  const { store, rows, clock, yesterday, ask } = await opened(t)
  const figures = {
    ...{ domain: "near.test", organization: "", from: yesterday, to: yesterday },
    ...{ policies: [], failures: [], reporter: "far.test" },
  }
  for (let no = 0; no < 3; no += 1)
    assert.equal(await rows.add({ ...figures, id: String(no), receivedAt: clock.at }), "added")
  await store.sql`
    insert into tls_report (domain, report_hash, received_at, data)
    select 'near.test', decode(lpad(to_hex(no), 64, '0'), 'hex'), ${new Date(clock.at)}, data
      from generate_series(1, ${dailyLimit - 3}) no, (select data from tls_report limit 1) one`
  assert.equal(await rows.add({ ...figures, id: "more", receivedAt: clock.at }), "too-many")
  assert.equal(await rows.add({ ...figures, id: "0", receivedAt: clock.at }), "known")
  await assert.rejects(async () => await ask(), /not authentic|not-authentic|altered/i)
  clock.at += 61 * 24 * hour
  assert.equal(await rows.dropOld(), dailyLimit)
  assert.equal(await rows.add({ ...figures, id: "0", receivedAt: clock.at }), "added")
})

test("asks about domains of ours and days there are", async t => {
  const { ask } = await opened(t)
  await assert.rejects(async () => await ask({ domain: "elsewhere.test" }), /no domain of this server/)
  await assert.rejects(async () => await ask({ domain: "a b" }), /no domain name/)
  await assert.rejects(async () => await ask({ days: "61" }), /from 1 to 60/)
})
