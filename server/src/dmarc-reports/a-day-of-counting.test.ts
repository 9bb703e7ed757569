import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { gunzipSync } from "node:zlib"
import { type AggregateReport, readAggregate } from "@letterkeep/dmarc"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { decodeTransfer, fileName, type Part, scanMessage } from "@letterkeep/mime"
import fc from "fast-check"
import { systemChance } from "../ports/chance.ts"
import { personal } from "../privacy/index.ts"
import { testPrivacy } from "../privacy/test-privacy.ts"
import { openQueue } from "../sending/index.ts"
import { wish } from "../sending/queue/open-test-queue.ts"
import { makeAccount, makeHolder, openTestVaults } from "../vaults/open-test-vaults.ts"
import { createCollector } from "./collector.ts"
import { type CountRows, dayMs, openCountRows } from "./count-rows.ts"
import type { ArrivedMessage } from "./counts.ts"
import { sendDueReports } from "./send-due.ts"
import { seenAs } from "./test-reports.ts"

const hour = 60 * 60 * 1000
const minute = 60 * 1000

/** A house that counts and reports, with a clock that stands still at the beginning of a day. */
async function openCounting(t: TestContext, dns: DnsTable = {}) {
  const house = await openTestVaults(t)
  const { store, clock, log } = house
  clock.at = Math.floor(clock.at / dayMs) * dayMs
  const account = await makeAccount(house, makeHolder())
  const queue = openQueue({ ...house, chance: systemChance })
  const rows = openCountRows(house)
  const zone = { dns }
  const outside = { privacy: testPrivacy, clock, chance: systemChance, log }
  /** What a node that starts has: nothing in memory. */
  const node = (given: Pick<CountRows, "add"> = rows) => {
    const collector = createCollector({
      ...outside,
      rows: given,
      isOurs: async domain => domain === "near.test",
    })
    return {
      see: (message: ArrivedMessage) => collector.count(personal("user.communications.reported", message)),
      flush: () => collector.flush(),
    }
  }
  const parts = {
    ...{ ...outside, rows, store, queue, generator: "Letterkeep test" },
    findReporter: async () => ({ domain: "near.test", account }),
    isElsewhere: async (address: string) => !address.endsWith("@near.test"),
    resolver: createTableResolver({}),
  }
  const sendDue = (more: Partial<typeof parts> = {}) =>
    sendDueReports(
      { ...parts, resolver: createTableResolver(zone.dns), ...more },
      new AbortController().signal,
    )
  /** What waits to be sent: for whom, and what its report says. */
  const sent = async () => {
    const { claimed } = await queue.claim(wish)
    const letters: { to: string[]; text: string; name: string; report: AggregateReport }[] = []
    for (const claim of claimed)
      await testPrivacy.gate("mail.send", { kind: "account", account: claim.account }, async permit => {
        assert.deepEqual([claim.kind, claim.signedBy, claim.body], ["report", "near.test", "7BIT"])
        assert.equal(claim.reversePath.open(permit), "postmaster@near.test")
        const bytes = (await claim.text()).open(permit)
        const { root } = scanMessage(bytes)
        const attachment: Part | undefined = root.parts[1]
        assert.ok(attachment)
        const packed = decodeTransfer(
          bytes.subarray(attachment.bodyStart, attachment.end),
          attachment.encoding,
        )
        const read = readAggregate(gunzipSync(packed))
        assert.ok(read.kind === "report")
        letters.push({
          to: claim.recipients.map(({ address }) => address.open(permit)),
          text: bytes.toString("latin1"),
          name: fileName(attachment) ?? "",
          report: read.report,
        })
      })
    return letters.toSorted((a, b) => a.report.policy.domain.localeCompare(b.report.policy.domain))
  }
  const left = async (): Promise<number> => {
    const [row] = await store.sql<{ count: number }[]>`select count(*)::int as count from dmarc_count`
    return row?.count ?? -1
  }
  return { ...house, zone, rows, node, sendDue, sent, left }
}

test("counts a day of mail, and tells each domain of it once", async t => {
  const { clock, node, sendDue, sent, left } = await openCounting(t)
  const day = clock.at
  const morning = node()
  for (let no = 0; no < 5; no += 1) morning.see(seenAs("far.test", { sourceIp: "203.0.113.5" }))
  morning.see(seenAs("wide.test", { spf: "pass", disposition: "pass" }))
  await morning.flush()
  clock.at += 12 * hour
  morning.see(seenAs("far.test", { sourceIp: "203.0.113.5" }))
  await morning.flush()
  // another node, and the first after a restart
  const evening = node()
  evening.see(seenAs("far.test", { sourceIp: "203.0.113.5" }))
  evening.see(
    seenAs("far.test", { sourceIp: "2001:db8::1", headerFrom: "shop.far.test", disposition: "reject" }),
  )
  await evening.flush()
  await sendDue()
  assert.deepEqual(await sent(), [], "the day is not over")
  clock.at = day + dayMs + 11 * hour
  evening.see(seenAs("far.test", {}))
  await evening.flush()
  await sendDue()
  const letters = await sent()
  assert.deepEqual(
    letters.map(({ to }) => to),
    [["reports@far.test"], ["reports@wide.test"]],
  )
  const report = letters[0]?.report
  assert.partialDeepStrictEqual(report, {
    ...{ organization: "near.test", email: "postmaster@near.test", from: day, to: day + dayMs - 1000 },
    ...{ generator: "Letterkeep test", errors: [] },
  })
  assert.deepEqual(
    report?.records
      .map(({ sourceIp, headerFrom, count, disposition }) => [sourceIp, headerFrom, count, disposition])
      .toSorted(),
    [
      ["2001:db8::1", "shop.far.test", 1, "reject"],
      ["203.0.113.5", "far.test", 7, "none"],
    ],
  )
  assert.deepEqual(report.policy, { ...seenAs("far.test", {}).policy })
  const [first] = letters
  assert.match(
    first?.text ?? "",
    /^Subject: Report Domain: far\.test\r\n Submitter: near\.test\r\n Report-ID: <2026-03-04\.[0-9a-f]{16}@near\.test>\r\n/m,
  )
  assert.match(
    first?.name ?? "",
    /^near\.test!far\.test!1772582400!1772668799!20260304[0-9a-f]{16}\.xml\.gz$/,
  )
  assert.equal(await left(), 1, "what was seen today waits for tomorrow")
  await sendDue()
  assert.deepEqual(await sent(), [], "nothing is told twice")
})

test("sums add up whatever fails, and however often nodes start anew", async t => {
  const { clock, rows, node, sendDue, sent } = await openCounting(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("see", "flush", "fail-before", "fail-after", "restart"), { maxLength: 25 }),
      async steps => {
        let outcome: "well" | "before" | "after" = "well"
        const failing: Pick<CountRows, "add"> = {
          async add(batch) {
            if (outcome === "before") throw new Error("the database is away")
            await rows.add(batch)
            // It is written, and nobody was told so.
            if (outcome === "after") throw new Error("the connection was lost")
          },
        }
        let at = node(failing)
        let seen = 0
        for (const step of [...steps, "restart"]) {
          if (step === "see") {
            at.see(seenAs("far.test", {}))
            seen += 1
          } else {
            outcome = step === "fail-before" ? "before" : step === "fail-after" ? "after" : "well"
            await at.flush().catch(() => undefined)
            if (step === "restart") at = node(failing)
          }
        }
        clock.at += dayMs + 5 * hour
        await sendDue()
        clock.at = Math.floor(clock.at / dayMs) * dayMs
        const counted = (await sent()).flatMap(({ report }) => report.records.map(({ count }) => count))
        assert.equal(
          counted.reduce((sum, count) => sum + count, 0),
          seen,
        )
      },
    ),
    { numRuns: 25 },
  )
})

test("several nodes that tell at the same time tell once", async t => {
  const { clock, node, sendDue, sent, left } = await openCounting(t)
  const one = node()
  for (const domain of ["a.test", "b.test", "c.test"]) one.see(seenAs(domain, {}))
  await one.flush()
  clock.at += dayMs + 5 * hour
  await Promise.all([sendDue(), sendDue(), sendDue()])
  assert.deepEqual(
    (await sent()).map(({ report }) => report.policy.domain),
    ["a.test", "b.test", "c.test"],
  )
  assert.equal(await left(), 0)
})

test("tells whom the DNS says it may, and asks again where that does not answer", async t => {
  const elsewhere = (domain: string, to: string): ArrivedMessage => {
    const reportsTo = [{ address: to, domain: to.slice(to.indexOf("@") + 1), limit: undefined }]
    return { ...seenAs(domain, {}), reportsTo }
  }
  const { clock, zone, node, sendDue, sent, left } = await openCounting(t, {
    "good.test._report._dmarc.collector.test": { txt: ["v=DMARC1"] },
    "slow.test._report._dmarc.collector.test": { fails: "timeout" },
  })
  const one = node()
  for (const domain of ["good.test", "bad.test", "slow.test"]) one.see(elsewhere(domain, "x@collector.test"))
  one.see(elsewhere("ours.test", "postmaster@near.test"))
  await one.flush()
  clock.at += dayMs + 5 * hour
  await sendDue()
  assert.deepEqual(
    (await sent()).map(({ report, to }) => [report.policy.domain, to]),
    [["good.test", ["x@collector.test"]]],
  )
  assert.equal(await left(), 1)
  zone.dns = { "slow.test._report._dmarc.collector.test": { txt: ["v=DMARC1;"] } }
  await sendDue()
  assert.deepEqual(
    (await sent()).map(({ report }) => report.policy.domain),
    ["slow.test"],
  )
})

test("writes to two addresses at most, each once, and not to one that takes no letter so large", async t => {
  const { clock, node, sendDue, sent } = await openCounting(t)
  const to = (name: string, limit?: number) => ({ address: `${name}@far.test`, domain: "far.test", limit })
  const reportsTo = [to("a", 10), to("b"), to("b"), to("c"), to("d")]
  const one = node()
  one.see({ ...seenAs("far.test", {}), reportsTo })
  one.see({
    ...seenAs("tiny.test", {}),
    reportsTo: [{ ...to("x", 10), address: "x@tiny.test", domain: "tiny.test" }],
  })
  await one.flush()
  clock.at += dayMs + 5 * hour
  await sendDue()
  assert.deepEqual(
    (await sent()).map(letter => letter.to),
    [["b@far.test"]],
  )
})

test("counts nothing that comes back of our own notices, and much else without a return path", async t => {
  const { clock, node, sendDue, sent } = await openCounting(t)
  const one = node()
  one.see({ ...seenAs("near.test", {}), isNotice: true })
  one.see({ ...seenAs("far.test", {}), isNotice: true })
  await one.flush()
  clock.at += dayMs + 5 * hour
  await sendDue()
  assert.deepEqual(
    (await sent()).map(({ report }) => report.policy.domain),
    ["far.test"],
  )
})

test("forgets what nobody may be told", async t => {
  const { clock, node, sendDue, sent, left } = await openCounting(t)
  const one = node()
  one.see(seenAs("far.test", {}))
  await one.flush()
  clock.at += dayMs + 5 * hour
  await sendDue({ findReporter: async () => undefined as never })
  assert.equal(await left(), 0)
  one.see({
    ...seenAs("slow.test", {}),
    reportsTo: [{ address: "x@y.test", domain: "y.test", limit: undefined }],
  })
  await one.flush()
  const fails = { fails: "timeout" } as const
  const resolver = createTableResolver({ "slow.test._report._dmarc.y.test": fails })
  clock.at += dayMs
  await sendDue({ resolver })
  assert.equal(await left(), 1)
  clock.at += 3 * dayMs
  await sendDue({ resolver })
  assert.equal(await left(), 0)
  assert.deepEqual(await sent(), [])
})

test("a row of somebody else's making is told to nobody, and holds up no other", async t => {
  const { clock, store, log, node, sendDue, sent } = await openCounting(t)
  const one = node()
  for (const domain of ["a.test", "b.test"]) one.see(seenAs(domain, {}))
  await one.flush()
  await store.sql`
    update dmarc_count set data = (select data from dmarc_count order by domain_hash desc limit 1)
     where domain_hash = (select min(domain_hash) from dmarc_count)`
  clock.at += dayMs + 5 * hour
  await sendDue()
  assert.equal((await sent()).length, 1)
  assert.ok(log.events.some(({ name }) => name === "task.failed"))
})

test("spreads its letters over four hours", async t => {
  const { clock, node, sendDue, sent, left } = await openCounting(t)
  const one = node()
  for (let no = 0; no < 40; no += 1) one.see(seenAs(`d${no}.test`, {}))
  await one.flush()
  clock.at += dayMs + 5 * minute
  await sendDue()
  assert.equal((await sent()).length, 0)
  clock.at += 2 * hour
  await sendDue()
  const half = (await sent()).length
  assert.ok(half > 4 && half < 36, String(half))
  clock.at += 3 * hour
  await sendDue()
  assert.equal((await sent()).length, 40 - half)
  assert.equal(await left(), 0)
})
