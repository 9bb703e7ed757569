import assert from "node:assert/strict"
import { test } from "node:test"
import { gunzipSync } from "node:zlib"
import { createDkimVerifier, splitFields } from "@letterkeep/dkim"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { decodeTransfer, firstFieldText, scanMessage } from "@letterkeep/mime"
import { readReport, type TlsReport } from "@letterkeep/tls-rpt"
import fc from "fast-check"
import { systemChance } from "../../ports/chance.ts"
import { openSigning } from "../signing/signing.ts"
import { createCollector } from "./collector.ts"
import { dayMs } from "./days.ts"
import { openKeptCounts } from "./kept-counts.ts"
import { expired, hour, openTestReports, safe } from "./open-test-reports.ts"

const wants = (domain: string, rua: string): DnsTable => ({
  [`_smtp._tls.${domain}`]: { txt: [`v=TLSRPTv1; rua=${rua}`] },
})

function reportIn(letter: Buffer): TlsReport {
  const part = scanMessage(letter).root.parts[1]
  assert.ok(part !== undefined)
  const packed = decodeTransfer(letter.subarray(part.bodyStart, part.end), part.encoding)
  const found = readReport(gunzipSync(packed))
  assert.ok(found.kind === "report")
  return found.report
}

test("a day that two nodes saw is told in one report, hours after its end, to whom the domain names", async t => {
  const house = await openTestReports(t, wants("far.test", "mailto:tls@far.test,https://far.test/tls"))
  const { clock, node, signs, queued, kept } = house
  const keys = await signs()
  const [one, two] = [await node(), await node()]
  for (let n = 0; n < 5; n += 1) one.seen(safe("far.test"))
  two.seen(safe("far.test"))
  two.seen(expired("far.test"))
  await Promise.all([one.flush(), two.flush()])
  one.seen(expired("far.test"))
  await one.flush()
  assert.equal((await kept()).length, 1)

  await one.sendDue()
  clock.at += 12 * hour + 60_000 // 00:01: not all nodes have put by what they saw
  await one.sendDue()
  assert.deepEqual(await queued(), [])
  clock.at += 5 * hour
  await Promise.all([one.sendDue(), two.sendDue()])
  const [mail, ...others] = await queued()
  assert.ok(mail !== undefined)
  assert.deepEqual(others, [])
  assert.deepEqual(await kept(), [])

  assert.deepEqual([mail.kind, mail.from, mail.to], ["tls-report", "postmaster@near.test", ["tls@far.test"]])
  assert.deepEqual([mail.signedBy, mail.requireTls, mail.size], ["near.test", false, mail.bytes.length])
  assert.equal(mail.expiresAt, mail.receivedAt + 24 * hour)
  const report = reportIn(mail.bytes)
  assert.deepEqual(
    [new Date(report.from).toISOString(), new Date(report.to).toISOString()],
    ["2026-03-04T00:00:00.000Z", "2026-03-04T23:59:59.000Z"],
  )
  assert.deepEqual([report.organization, report.contact], ["near.test", "postmaster@near.test"])
  const { policy } = safe("far.test")
  assert.deepEqual(report.policies, [
    {
      policy,
      successful: 6,
      failed: 2,
      failures: [
        {
          result: "certificate-expired",
          sendingIp: "192.0.2.1",
          host: "mx.far.test",
          receivingIp: "192.0.2.9",
          sessions: 2,
          reason: undefined,
        },
      ],
    },
  ])

  const signing = await openSigner(house)
  const signed = Buffer.concat([Buffer.from(await signing(mail.bytes)), mail.bytes])
  const verifier = createDkimVerifier({ resolver: createTableResolver(keys), now: clock.at })
  const body = signed.indexOf("\r\n\r\n") + 4
  verifier.headers(splitFields(signed.subarray(0, body)))
  verifier.body(signed.subarray(body))
  assert.deepEqual(new Set((await verifier.finish()).map(({ result }) => result)), new Set(["pass"]))
})

test("the letter says what RFC 8460 asks for, in short lines of ASCII", async t => {
  const { clock, node, signs, queued } = await openTestReports(t, wants("far.test", "mailto:tls@far.test"))
  await signs()
  const one = await node()
  one.seen(expired("far.test"))
  await one.flush()
  clock.at += 20 * hour
  await one.sendDue()
  const [mail] = await queued()
  const bytes = mail?.bytes ?? Buffer.alloc(0)
  const scan = scanMessage(bytes)
  const field = (name: string) => firstFieldText(bytes, scan.root.fields, name)?.trim()
  assert.equal(field("tls-report-domain"), "far.test")
  assert.equal(field("tls-report-submitter"), "near.test")
  assert.equal(field("from"), "<postmaster@near.test>")
  assert.equal(field("to"), "<tls@far.test>")
  assert.match(
    field("subject") ?? "",
    /^Report Domain: far\.test Submitter: near\.test Report-ID: <2026-03-04\.[0-9a-f]{16}@near\.test>$/,
  )
  assert.match(field("content-type") ?? "", /^multipart\/report; report-type="tlsrpt"; boundary="\w+"$/)
  assert.deepEqual(
    scan.root.parts.map(({ type, subtype }) => `${type}/${subtype}`),
    ["text/plain", "application/tlsrpt+gzip"],
  )
  assert.match(
    bytes.toString("latin1"),
    /filename="near\.test!far\.test!1772582400!1772668799!20260304[0-9a-f]{16}\.json\.gz"/,
  )
  assert.ok(!/[^\r]\n|\r[^\n]|[^\x00-\x7f]/.test(bytes.toString("latin1")))
  assert.ok(
    bytes
      .toString("latin1")
      .split("\r\n")
      .every(line => line.length <= 120),
  )
})

for (const [why, dns] of [
  ["nobody asks for reports", {}],
  ["the record is malformed", { "_smtp._tls.far.test": { txt: ["v=TLSRPTv1; rua=x"] } }],
  ["reports are wanted over the web alone", wants("far.test", "https://far.test/tls")],
  ["the address is one of ours", wants("far.test", "mailto:anna@near.test,mailto:nobody@near.test")],
  ["the address would have to be quoted", wants("far.test", "mailto:%22a%20b%22@far.test")],
] as const)
  test(`nothing is sent, and nothing kept, where ${why}`, async t => {
    const { clock, node, signs, queued, kept } = await openTestReports(t, dns)
    await signs()
    const one = await node()
    one.seen(safe("far.test"))
    await one.flush()
    clock.at += 20 * hour
    await one.sendDue()
    assert.deepEqual([await queued(), await kept()], [[], []])
  })

test("two addresses at most get a report, each once", async t => {
  const rua = ["a", "a", "b", "c"].map(name => `mailto:${name}@FAR.test`).join()
  const { clock, node, signs, queued } = await openTestReports(t, wants("far.test", rua))
  await signs()
  const one = await node()
  one.seen(safe("far.test"))
  await one.flush()
  clock.at += 20 * hour
  await one.sendDue()
  assert.deepEqual(
    (await queued()).map(({ to }) => to),
    [["a@far.test", "b@far.test"]],
  )
})

test("nothing is sent while no key of ours signs", async t => {
  const { clock, node, queued, kept } = await openTestReports(t, wants("far.test", "mailto:tls@far.test"))
  const one = await node()
  one.seen(safe("far.test"))
  await one.flush()
  clock.at += 20 * hour
  await one.sendDue()
  assert.deepEqual([await queued(), await kept()], [[], []])
})

test("nothing is counted where reports are switched off, and what was counted before goes after days", async t => {
  const { clock, node, kept } = await openTestReports(t, {})
  const [on, off] = [await node(), await node(false)]
  on.seen(safe("far.test"))
  off.seen(safe("other.test"))
  await Promise.all([on.flush(), off.flush()])
  assert.equal((await kept()).length, 1)
  clock.at += 2 * dayMs
  await off.sendDue()
  assert.equal((await kept()).length, 1)
  clock.at += dayMs
  await off.sendDue()
  assert.deepEqual(await kept(), [])
})

test("waits for an answer of the DNS, and tells one domain while another's is waited for", async t => {
  const dns: Record<string, DnsTable[string]> = {
    ...wants("far.test", "mailto:tls@far.test"),
    "_smtp._tls.slow.test": { fails: "timeout" },
  }
  const { clock, node, signs, queued, kept } = await openTestReports(t, dns)
  await signs()
  const one = await node()
  for (const domain of ["far.test", "slow.test"]) one.seen(safe(domain))
  await one.flush()
  clock.at += 20 * hour
  await one.sendDue()
  assert.deepEqual(
    (await queued()).map(({ to }) => to),
    [["tls@far.test"]],
  )
  assert.equal((await kept()).length, 1)
  Object.assign(dns, wants("slow.test", "mailto:tls@slow.test"))
  await one.sendDue()
  assert.deepEqual(
    (await queued()).map(({ to }) => to),
    [["tls@slow.test"]],
  )
  assert.deepEqual(await kept(), [])
})

test("spreads its reports over hours, and sends each once however often it looks", async t => {
  const domains = Array.from({ length: 120 }, (_, n) => `d${n}.test`)
  const dns = Object.assign({}, ...domains.map(domain => wants(domain, `mailto:tls@${domain}`)))
  const { clock, node, signs, queued } = await openTestReports(t, dns)
  await signs()
  const one = await node()
  for (const domain of domains) one.seen(safe(domain))
  await one.flush()
  clock.at += 12 * hour
  const told: string[] = []
  const byHour: number[] = []
  for (let passed = 0; passed < 6; passed += 1) {
    clock.at += hour
    await one.sendDue()
    const to = (await queued()).flatMap(mail => mail.to)
    byHour.push(to.length)
    told.push(...to)
  }
  assert.deepEqual(told.sort(), domains.map(domain => `tls@${domain}`).sort())
  assert.ok(
    byHour.slice(0, 4).every(count => count > 5 && count < 60),
    byHour.join(),
  )
  assert.equal(byHour[5], 0)
})

test("counts that somebody moved to another domain are told to nobody", async t => {
  const { clock, node, signs, store, queued, log } = await openTestReports(t, {
    ...wants("a.test", "mailto:tls@a.test"),
    ...wants("b.test", "mailto:tls@b.test"),
  })
  await signs()
  const one = await node()
  for (const domain of ["a.test", "b.test"]) one.seen(safe(domain))
  await one.flush()
  await store.sql`update tls_report_count set data = (select max(data) from tls_report_count)`
  clock.at += 20 * hour
  await one.sendDue()
  assert.equal((await queued()).length, 1)
  assert.equal(log.events.filter(({ name }) => name === "task.failed").length, 1)
})

test("sums are those of all sessions, in whatever order nodes put by, fail after the commit and begin anew", async t => {
  const { clock, store, vaults, log } = await openTestReports(t, {})
  const kept = openKeptCounts({ store, vaults })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ node: fc.nat(2), domain: fc.constantFrom("a.test", "b.test") }) },
    { weight: 3, arbitrary: fc.record({ node: fc.nat(2), flush: fc.constantFrom("works", "answer lost") }) },
    { weight: 1, arbitrary: fc.record({ node: fc.nat(2), restarts: fc.constant(true) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      await store.sql`delete from tls_report_count`
      let answers: "come" | "are lost" = "come"
      const unsure = {
        async add(...batch: Parameters<typeof kept.add>) {
          await kept.add(...batch)
          if (answers === "are lost") throw new Error("the answer was lost")
        },
      }
      const begin = () => createCollector({ kept: unsure, clock, chance: systemChance, log })
      const nodes = [begin(), begin(), begin()]
      const expected = new Map([
        ["a.test", 0],
        ["b.test", 0],
      ])
      for (const one of steps) {
        const node = nodes[one.node] ?? begin()
        if ("domain" in one) {
          node.seen(expired(one.domain))
          expected.set(one.domain, (expected.get(one.domain) ?? 0) + 1)
        } else if ("flush" in one) {
          answers = one.flush === "works" ? "come" : "are lost"
          await node.flush().catch(() => undefined)
          answers = "come"
        } else {
          await node.flush()
          nodes[one.node] = begin()
        }
      }
      await Promise.all(nodes.map(node => node.flush()))
      const found = new Map([
        ["a.test", 0],
        ["b.test", 0],
      ])
      for (const due of await kept.due(clock.at + 2 * dayMs)) {
        const { domain, policies } = kept.open(due)
        found.set(
          domain,
          policies.reduce(
            (sum, { failures }) => sum + failures.reduce((all, one) => all + one.sessions, 0),
            0,
          ),
        )
      }
      assert.deepEqual(found, expected)
    }),
    { numRuns: 25 },
  )
})

async function openSigner({
  store,
  clock,
  log,
  vaults,
}: Awaited<ReturnType<typeof openTestReports>>): Promise<(bytes: Buffer) => Promise<string>> {
  const signing = await openSigning({ store, clock, log, vaults })
  return async bytes => {
    const fields = await signing.sign("near.test", bytes)
    await signing.close()
    return fields
  }
}
