import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { gzipSync } from "node:zlib"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { createCollector } from "../../server/src/dmarc-reports/collector.ts"
import { dayMs, openCountRows } from "../../server/src/dmarc-reports/count-rows.ts"
import { sendDueReports } from "../../server/src/dmarc-reports/send-due.ts"
import { makeReport, seenAs } from "../../server/src/dmarc-reports/test-reports.ts"
import { dmarcLetter, openTestReporting, signed } from "../../server/src/flow/open-test-reporting.ts"
import { systemChance } from "../../server/src/ports/chance.ts"
import { selfSignedFor } from "../../server/src/ports/network/test-certificates.ts"
import { personal } from "../../server/src/privacy/index.ts"
import { opened, testPrivacy } from "../../server/src/privacy/test-privacy.ts"
import {
  brief,
  farSide,
  mailTo,
  openTestHandOver,
} from "../../server/src/sending/hand-over/open-test-hand-over.ts"
import { openQueue } from "../../server/src/sending/queue/open-queue.ts"
import { wish } from "../../server/src/sending/queue/open-test-queue.ts"
import { openKeptCounts } from "../../server/src/sending/tls-reports/kept-counts.ts"
import { expired, hour, openTestReports } from "../../server/src/sending/tls-reports/open-test-reports.ts"
import { letterWith, makeTlsReport } from "../../server/src/sending/tls-reports/received/test-reports.ts"
import { makeAccount, makeHolder, openTestVaults } from "../../server/src/vaults/open-test-vaults.ts"
import type { Subject } from "./subject.ts"

/**
 * Reports about mail in a domain's name, and about TLS: what servers tell one another a day later. The server's own code,
 * on a real database, with a clock and a DNS in the test's hands.
 */
const getsThrough = "a report about TLS gets through where TLS fails, and no other mail does by its leave"
const noneLost = "what is counted while a report is being made is in the next one, and no count is in two"
const onceAsked = "a domain is told what was sent in its name once, and only those who agree to hear it"
const believed =
  "figures are taken from reports alone that somebody vouches for: who says so, or their signature"

export const reports: Subject = {
  mutations: [
    {
      name: "a report about TLS asks for the TLS that it is about",
      file: "server/src/sending/hand-over/route.ts",
      find: 'return kind === "tls-report" && route.kind === "mx" ? "nothing" : "as-published"',
      replace: 'return kind === "tls-report" && route.kind !== "mx" ? "nothing" : "as-published"',
      why: "nobody whose certificate has run out would hear of it",
      noticedBy: getsThrough,
    },
    {
      name: "a report about TLS asks for none of a server that the operator names",
      file: "server/src/sending/hand-over/route.ts",
      find: 'kind === "tls-report" && route.kind === "mx" ? "nothing"',
      replace: 'kind === "tls-report" ? "nothing"',
      why: "what the operator has arranged with another house would not hold",
      noticedBy: getsThrough,
    },
    {
      name: "other mail asks for no TLS either",
      file: "server/src/sending/hand-over/route.ts",
      find: 'return kind === "tls-report" && route.kind === "mx" ? "nothing" : "as-published"',
      replace: 'return route.kind === "mx" ? "nothing" : "as-published"',
      why: "a policy that is enforced would be a wish",
      noticedBy: getsThrough,
    },
    {
      name: "counts are taken out though more have come",
      file: "server/src/sending/tls-reports/kept-counts.ts",
      find: "and data = ",
      replace: "and data is not null or data = ",
      why: "what a node put by at that moment would be told to nobody",
      noticedBy: noneLost,
    },
    {
      name: "what another node has told is told again",
      file: "server/src/sending/tls-reports/kept-counts.ts",
      find: "return taken.length > 0",
      replace: "return taken.length >= 0",
      why: "with each node a domain would hear of all connections once more",
      noticedBy: noneLost,
    },
    {
      name: "a batch that was put by twice counts twice",
      file: "server/src/sending/tls-reports/kept-counts.ts",
      find: "if (known.last.some(one => one.process === process && one.number === number)) return",
      replace: "if (known.last.some(one => one.process === process && one.number < 0)) return",
      why: "an answer of the database that is lost would make figures of nothing",
      noticedBy: noneLost,
    },
    {
      name: "whoever a record names gets reports",
      file: "server/src/dmarc-reports/send-due.ts",
      find: 'if (may.kind === "yes") found.push(...may.to)',
      replace: "found.push(address)",
      why: "anybody could have this server, and all others, send reports to somebody who wants none",
      noticedBy: onceAsked,
    },
    {
      name: "another node tells the same again",
      file: "server/src/dmarc-reports/count-rows.ts",
      find: "return taken === batches.length",
      replace: "return taken <= batches.length",
      why: "a domain would hear of each message as often as there are nodes",
      noticedBy: onceAsked,
    },
    {
      name: "a report about TLS needs no signature of its reporter's",
      file: "server/src/sending/tls-reports/received/reception.ts",
      find: "return signer === reporter || ",
      replace: "return signer !== '' || ",
      why: "anybody could tell the operator that all is well, or that nothing is",
      noticedBy: believed,
    },
    {
      name: "figures are taken from whoever says that they are somebody",
      file: "server/src/flow/receive.ts",
      find: "const { provenDomain: reporter, signers } = screened",
      replace: 'const reporter = "far.test"\n      const { signers } = screened',
      why: "anybody could tell the operator that p=reject would do no harm",
      noticedBy: believed,
    },
  ],
  checks() {
    test(getsThrough, async t => {
      const far = await farSide(t, { tls: selfSignedFor("mx.far.test").context })
      const policies = {
        of: async () => ({
          policy: { mode: "enforce", mx: ["mx.far.test"], maxAge: 86_400 } as const,
          lines: ["mode: enforce"],
        }),
      }
      const table: DnsTable = {
        "far.test": { mx: [{ preference: 10, exchange: "mx.far.test" }] },
        "mx.far.test": { a: ["127.0.0.1"] },
        "relay.us.example": { a: ["127.0.0.1"], authentic: true },
        [`_${far.port}._tcp.relay.us.example`]: { tlsa: [ofAnotherKey], authentic: true },
      }
      const report = () => mailTo("tls@far.test", { kind: "tls-report" })
      const { send } = await openTestHandOver(t, { table, port: far.port, parts: { policies } })
      assert.equal(brief((await send(mailTo("bob@far.test")))[0]), "not-now unverified")
      assert.equal(brief((await send(report()))[0]), "handed-over 250")
      assert.equal(brief((await send(mailTo("bob@far.test")))[0]), "not-now unverified")
      // The operator's own server for a domain is asked for what all mail asks of it.
      const transports = new Map([["far.test", { host: "relay.us.example", port: far.port }]])
      const relayed = await openTestHandOver(t, { table, port: far.port, parts: { routes: { transports } } })
      assert.equal(brief((await relayed.send(report()))[0]), "not-now unverified")
      assert.equal(far.mails.length, 1)
    })

    test(noneLost, async t => {
      const { store, vaults, clock } = await openTestReports(t, {})
      const kept = openKeptCounts({ store, vaults })
      const day = Math.floor(clock.at / dayMs)
      const sessions = (number: number, failed: number) => ({
        process: "one",
        number,
        counts: [{ day, domain: "far.test", policies: [seenOften("far.test", failed)] }],
      })
      const due = async () => (await kept.due(clock.at + dayMs)).map(one => ({ one, ...kept.open(one) }))
      await kept.add(sessions(1, 3))
      await kept.add(sessions(1, 3))
      const [before] = await due()
      assert.ok(before)
      assert.equal(before.policies[0]?.failed, 3)
      await kept.add(sessions(2, 4))
      assert.equal(await kept.take(store.sql, before.one), false, "what has just come would be lost")
      const [all, ...others] = await due()
      assert.ok(all !== undefined && others.length === 0)
      assert.equal(all.policies[0]?.failed, 7)
      assert.equal(await kept.take(store.sql, all.one), true)
      assert.equal(await kept.take(store.sql, all.one), false, "it would be told twice")
      assert.deepEqual(await due(), [])
    })

    test(onceAsked, async t => {
      const { see, flush, sendDue, queued } = await openCounting(t, {
        "far.test._report._dmarc.agrees.test": { txt: ["v=DMARC1"] },
      })
      see("far.test", "reports@far.test")
      see("wide.test", "victim@other.test")
      see("far.test", "reports@far.test")
      await flush()
      await Promise.all([sendDue(), sendDue()])
      assert.deepEqual(await queued(), ["reports@far.test"])
      await sendDue()
      assert.deepEqual(await queued(), [])
    })

    test(believed, async t => {
      const { arrive, tls, dmarc } = await openTestReporting(t)
      const yesterday = Date.now() - dayMs
      const plain = (from: string) =>
        letterWith(gzipSync(makeTlsReport(yesterday, [{ successful: 1200 }])), undefined, undefined, from)
      await arrive(plain("far.test"), "far.test")
      await arrive(await signed(plain("far.test"), "other.test"), "far.test")
      assert.deepEqual(await tls(), [])
      await arrive(await signed(plain("far.test"), "far.test"), "far.test")
      assert.deepEqual(await tls(), ["far.test 1200"])
      const about = (from: string, count: number) => {
        const report = makeReport("near.test", Math.floor(yesterday / dayMs) * dayMs, [
          { sourceIp: "203.0.113.5", count },
        ])
        return dmarcLetter(from, gzipSync(report))
      }
      await arrive(about("forged.test", 7), "forged.test")
      assert.deepEqual(await dmarc(), [])
      await arrive(about("far.test", 120), "far.test")
      assert.deepEqual(await dmarc(), ["far.test 203.0.113.5 120"])
    })
  },
}

const ofAnotherKey = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32) }

const seenOften = (domain: string, failed: number) => {
  const { policy, outcome } = expired(domain)
  assert.ok(outcome.kind === "failed")
  const { result, host, sendingIp, receivingIp } = outcome
  const failure = { result, host, sendingIp, receivingIp, sessions: failed, reason: undefined }
  return { policy, successful: 0, failed, failures: [failure] }
}

/** What came in the names of domains on one day, and what is told of it on the next. */
async function openCounting(t: TestContext, dns: DnsTable) {
  const house = await openTestVaults(t)
  const { store, clock, log } = house
  clock.at = Math.floor(clock.at / dayMs) * dayMs
  const account = await makeAccount(house, makeHolder())
  const queue = openQueue({ ...house, chance: systemChance })
  const rows = openCountRows(house)
  const outside = { privacy: testPrivacy, clock, chance: systemChance, log }
  /** Two nodes have what is due in hand when the first of them tells of it. */
  const together = Promise.withResolvers<void>()
  let nodes = 0
  const collector = createCollector({ ...outside, rows, isOurs: async domain => domain === "near.test" })
  return {
    see(domain: string, address: string): void {
      const to = address.slice(address.indexOf("@") + 1)
      const seen = { ...seenAs(domain, {}), reportsTo: [{ address, domain: to, limit: undefined }] }
      collector.count(personal("user.communications.reported", seen))
    },
    async flush(): Promise<void> {
      await collector.flush()
      clock.at += dayMs + 12 * hour
    },
    sendDue: () =>
      sendDueReports(
        {
          ...{ ...outside, rows, store, queue, generator: "Letterkeep" },
          findReporter: async () => ({ domain: "near.test", account }),
          async isElsewhere() {
            nodes += 1
            if (nodes === 2) together.resolve()
            await together.promise
            return true
          },
          resolver: createTableResolver(dns),
        },
        new AbortController().signal,
      ),
    async queued(): Promise<readonly string[]> {
      const { claimed } = await queue.claim(wish)
      return claimed.flatMap(({ recipients }) => recipients.map(({ address }) => opened(address)))
    },
  }
}
