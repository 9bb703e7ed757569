import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  createCounts,
  detailLimit,
  type PolicySeen,
  policyLimit,
  readRecords,
  readReport,
  recordName,
  reportBytesLimit,
  reportFileName,
  resultTypes,
  type SeenSession,
  type TlsReport,
  writeReport,
} from "./index.ts"

test("knows where a domain's record is", () => {
  assert.equal(recordName("a.test"), "_smtp._tls.a.test")
})

for (const [text, addresses] of [
  ["v=TLSRPTv1; rua=mailto:r@a.test", ["r@a.test"]],
  ["v=TLSRPTv1;rua=https://a.test/v1?x=1;", ["https://a.test/v1?x=1"]],
  ["v=TLSRPTv1 ; rua=mailto:r@a.test , https://a.test/ ; x=1", ["r@a.test", "https://a.test/"]],
  ["v=TLSRPTv1; rua=mailto:a%2Cb@a.test?subject=x", ["a,b@a.test"]],
  ["v=TLSRPTv1; rua=gopher://a.test,mailto:r@a.test", ["r@a.test"]],
  ["v=TLSRPTv1; rua=mailto:a@a.test; rua=mailto:b@a.test", ["a@a.test"]],
] as const)
  test(`reads who wants reports in ${text}`, () => {
    const read = readRecords([text, "v=spf1 -all"])
    assert.ok(read.kind === "wanted")
    assert.deepEqual(
      read.addresses.map(one => (one.kind === "mail" ? one.address : one.url)),
      addresses,
    )
  })

for (const [texts, why] of [
  [[], "absent"],
  [["v=TLSRPTv1"], "absent"],
  [["v=tlsrptv1; rua=mailto:r@a.test"], "absent"],
  [["rua=mailto:r@a.test; v=TLSRPTv1;"], "absent"],
  [["v=TLSRPTv1; rua=mailto:r@a.test", "v=TLSRPTv1; rua=mailto:r@a.test"], "several"],
  [["v=TLSRPTv1;"], "malformed"],
  [["v=TLSRPTv1; rua="], "malformed"],
  [["v=TLSRPTv1; rua=r@a.test"], "malformed"],
  [["v=TLSRPTv1; rua=http://a.test/"], "malformed"],
  [["v=TLSRPTv1; rua=https://"], "malformed"],
  [["v=TLSRPTv1; rua=mailto:"], "malformed"],
  [["v=TLSRPTv1; rua=mailto:a%0d%0a@a.test"], "malformed"],
  [["v=TLSRPTv1; rua=mailto:%zz@a.test"], "malformed"],
  [["v=TLSRPTv1;; rua=mailto:r@a.test"], "malformed"],
  [[`v=TLSRPTv1; rua=mailto:${"a".repeat(5_000)}@a.test`], "malformed"],
] as const)
  test(`finds nobody who wants reports in ${JSON.stringify(texts).slice(0, 60)}`, () => {
    assert.deepEqual(readRecords(texts), { kind: "none", why })
  })

const sts: PolicySeen = {
  kind: "sts",
  domain: "far.test",
  lines: ["version: STSv1", "mode: enforce"],
  hosts: ["*.far.test"],
}
const bare: PolicySeen = { kind: "no-policy-found", domain: "far.test", lines: [], hosts: [] }

const countSessions = (sessions: readonly SeenSession[]) => {
  const counts = createCounts()
  for (const session of sessions) counts.add(session)
  return counts.reports()
}

test("counts sessions by policy, and failures by what can be told apart", () => {
  const expired = { kind: "failed", result: "certificate-expired", host: "mx.far.test" } as const
  const sessions: readonly SeenSession[] = [
    { policy: sts, outcome: { kind: "successful" } },
    { policy: bare, outcome: { kind: "successful" } },
    { policy: sts, outcome: expired },
    { policy: { ...sts }, outcome: { ...expired } },
    { policy: sts, outcome: { ...expired, host: "mx2.far.test" } },
    { policy: { ...sts, lines: ["version: STSv1", "mode: testing"] }, outcome: { kind: "successful" } },
  ]
  const counted = countSessions(sessions)
  assert.deepEqual(
    counted.map(one => [one.policy.kind, one.successful, one.failed]),
    [
      ["sts", 1, 3],
      ["no-policy-found", 1, 0],
      ["sts", 1, 0],
    ],
  )
  assert.deepEqual(
    counted[0]?.failures.map(one => [one.host, one.sessions]),
    [
      ["mx.far.test", 2],
      ["mx2.far.test", 1],
    ],
  )
})

test("tells no more kinds of failures and policies apart than its limits, and counts all the same", () => {
  const failures = Array.from(
    { length: detailLimit + 5 },
    (_, n): SeenSession => ({
      policy: bare,
      outcome: { kind: "failed", result: "validation-failure", reason: String(n) },
    }),
  )
  const [counted] = countSessions(failures)
  assert.deepEqual([counted?.failed, counted?.failures.length], [detailLimit + 5, detailLimit])
  const policies = Array.from(
    { length: policyLimit + 5 },
    (_, n): SeenSession => ({
      policy: { ...bare, domain: `${n}.test` },
      outcome: { kind: "successful" },
    }),
  )
  assert.equal(countSessions(policies).length, policyLimit)
})

test("what is counted in several places comes to the same sums, in whatever parts it is put together", () => {
  const session = fc.record({
    policy: fc.constantFrom(sts, bare),
    outcome: fc.oneof(
      fc.constant({ kind: "successful" } as const),
      fc.record({
        kind: fc.constant("failed" as const),
        result: fc.constantFrom(...resultTypes),
        host: fc.constantFrom("mx.far.test", "mx2.far.test"),
      }),
    ),
  })
  const limits = { policies: 2, details: 3 }
  fc.assert(
    fc.property(fc.array(fc.array(session)), parts => {
      const together = createCounts(limits)
      for (const part of parts) {
        const own = createCounts(limits)
        for (const one of part) own.add(one)
        together.addAll(own.reports())
      }
      const all = parts.flat()
      const reports = together.reports()
      for (const policy of [sts, bare]) {
        const expected = all.filter(one => one.policy === policy)
        const found = reports.find(one => one.policy.kind === policy.kind)
        const failed = expected.filter(one => one.outcome.kind === "failed").length
        assert.deepEqual([found?.successful ?? 0, found?.failed ?? 0], [expected.length - failed, failed])
        assert.ok((found?.failures.length ?? 0) <= limits.details)
      }
      assert.equal(
        together.size,
        reports.reduce((sum, { failures }) => sum + 1 + failures.length, 0),
      )
    }),
  )
})

const report: TlsReport = {
  organization: "A",
  from: Date.UTC(2026, 10, 25),
  to: Date.UTC(2026, 10, 25, 23, 59, 59),
  contact: "postmaster@a.test",
  id: "2026-11-25.1",
  policies: [
    {
      policy: sts,
      successful: 2,
      failed: 1,
      failures: [
        {
          result: "sts-webpki-invalid",
          sessions: 1,
          host: "mx.far.test",
          sendingIp: "192.0.2.1",
          receivingIp: "2001:db8::1",
          reason: "x",
        },
      ],
    },
  ],
}

test("writes the names that RFC 8460 shows, and a file name of domain and time", () => {
  assert.deepEqual(JSON.parse(writeReport(report)), {
    "organization-name": "A",
    "date-range": { "start-datetime": "2026-11-25T00:00:00Z", "end-datetime": "2026-11-25T23:59:59Z" },
    "contact-info": "postmaster@a.test",
    "report-id": "2026-11-25.1",
    policies: [
      {
        policy: {
          "policy-type": "sts",
          "policy-string": ["version: STSv1", "mode: enforce"],
          "policy-domain": "far.test",
          "mx-host": ["*.far.test"],
        },
        summary: { "total-successful-session-count": 2, "total-failure-session-count": 1 },
        "failure-details": [
          {
            "result-type": "sts-webpki-invalid",
            "sending-mta-ip": "192.0.2.1",
            "receiving-mx-hostname": "mx.far.test",
            "receiving-ip": "2001:db8::1",
            "failed-session-count": 1,
            "failure-reason-code": "x",
          },
        ],
      },
    ],
  })
  assert.equal(
    reportFileName("a.test", "far.test", report),
    "a.test!far.test!1795564800!1795651199!202611251.json.gz",
  )
})

const read = (value: unknown) => readReport(Buffer.from(JSON.stringify(value)))
const good = JSON.parse(writeReport(report)) as Record<string, unknown>

test("reads what others write differently: one text for a list, numbers as text, an unknown result, a missing contact", () => {
  const found = read({
    ...good,
    "contact-info": null,
    policies: [
      {
        policy: {
          "policy-type": "STS",
          "policy-string": "version: STSv1",
          "policy-domain": "far.test",
          "mx-host-pattern": "*.far.test",
        },
        summary: { "total-successful-session-count": "7", "total-failure-session-count": 1 },
        "failure-details": {
          "result-type": "Tls-Is-Odd",
          "failed-session-count": 1,
          "additional-information": "https://x.test",
        },
      },
      { policy: { "policy-type": "sts" }, summary: {} },
      null,
    ],
  })
  assert.ok(found.kind === "report")
  assert.equal(found.report.contact, undefined)
  assert.deepEqual(found.report.policies, [
    {
      policy: { kind: "sts", domain: "far.test", lines: ["version: STSv1"], hosts: ["*.far.test"] },
      successful: 7,
      failed: 1,
      failures: [
        {
          result: "other",
          sendingIp: undefined,
          host: undefined,
          receivingIp: undefined,
          sessions: 1,
          reason: "https://x.test",
        },
      ],
    },
  ])
})

test("leaves out what has no sums or no words, and keeps what has", () => {
  const policy = { "policy-type": "sts", "policy-domain": "far.test" }
  const sums = (successful: unknown, failed: unknown) => ({
    policy,
    summary: { "total-successful-session-count": successful, "total-failure-session-count": failed },
  })
  const found = read({
    ...good,
    "date-range": { "start-datetime": "2026-11-25t00:00:00.5+01:00", "end-datetime": "2026-11-25 00:00:00Z" },
    policies: [
      sums(1, undefined),
      sums(undefined, 1),
      sums(1.5, 0),
      {
        ...sums(0, 0),
        "failure-details": [{ "failed-session-count": 3 }, { "result-type": "validation-failure" }, null],
      },
      { ...sums(1, 0), "failure-details": null },
    ],
  })
  assert.ok(found.kind === "report")
  assert.equal(found.report.from, Date.UTC(2026, 10, 24, 23, 0, 0, 500))
  assert.deepEqual(
    found.report.policies.map(one => [one.successful, one.failed, one.failures.length]),
    [
      [0, 0, 0],
      [1, 0, 0],
    ],
  )
})

test("refuses what is no report", () => {
  for (const value of [
    null,
    [],
    7,
    "x",
    {},
    { ...good, "date-range": undefined },
    { ...good, "date-range": { "start-datetime": "2026-11-25T00:00:00Z", "end-datetime": "yesterday" } },
    {
      ...good,
      "date-range": { "start-datetime": "2026-11-25T00:00:00Z", "end-datetime": "2026-11-24T00:00:00Z" },
    },
    {
      ...good,
      "date-range": { "start-datetime": "2026-11-25T00:00:00", "end-datetime": "2026-11-26T00:00:00Z" },
    },
    {
      ...good,
      "date-range": { "start-datetime": "2026-13-25T00:00:00Z", "end-datetime": "2026-14-26T00:00:00Z" },
    },
    { ...good, policies: undefined },
    { ...good, policies: {} },
    { ...good, policies: [] },
    { ...good, policies: [{ policy: { "policy-type": "dane", "policy-domain": "far.test" }, summary: {} }] },
    {
      ...good,
      policies: [
        {
          policy: sts,
          summary: { "total-successful-session-count": -1, "total-failure-session-count": 0.5 },
        },
      ],
    },
  ])
    assert.equal(read(value).kind, "invalid", JSON.stringify(value))
  assert.equal(readReport(Buffer.from("{")).kind, "invalid")
  assert.equal(readReport(Buffer.alloc(reportBytesLimit + 1, " ")).kind, "invalid")
})

test("refuses what nests deeper than reports do, and is not misled by texts", () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  assert.deepEqual(read({ ...good, more: deep(19) }).kind, "report")
  assert.deepEqual(read({ ...good, more: deep(20) }), { kind: "invalid", why: "It nests too deep." })
  const brackets = "[{".repeat(100)
  for (const organization of [brackets, `\\"${brackets}`, `\\\\${brackets}`, `"${brackets}"`]) {
    const found = read({ ...good, "organization-name": organization })
    assert.ok(found.kind === "report")
    assert.equal(found.report.organization, organization)
  }
})

test("never throws, not for deep nesting either, and bounds what it takes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void readReport(Buffer.from(bytes))))
  fc.assert(fc.property(fc.json(), text => void readReport(Buffer.from(text))))
  readReport(Buffer.from("[".repeat(1_000_000)))
  readReport(Buffer.from(`${"[".repeat(500_000)}${"]".repeat(500_000)}`))
  const long = read({
    ...good,
    "organization-name": "x".repeat(5_000),
    policies: Array.from({ length: policyLimit + 9 }, () => report.policies[0]).map(
      () => (good.policies as unknown[])[0],
    ),
  })
  assert.ok(long.kind === "report")
  assert.deepEqual([long.report.organization.length, long.report.policies.length], [1_000, policyLimit])
})

test("reads what it has written", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map(one => one.toWellFormed())
  const maybe = fc.option(text, { nil: undefined })
  const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
  const policy = fc.record(
    {
      policy: fc.record(
        {
          kind: fc.constantFrom("tlsa", "sts", "no-policy-found"),
          domain: text,
          lines: fc.array(text, { maxLength: 3 }),
          hosts: fc.array(text, { maxLength: 3 }),
        },
        { noNullPrototype: true },
      ),
      successful: fc.nat(),
      failed: fc.nat(),
      failures: fc.array(
        fc.record(
          {
            result: fc.constantFrom(...resultTypes),
            sendingIp: maybe,
            host: maybe,
            receivingIp: maybe,
            sessions: fc.nat(),
            reason: maybe,
          },
          { noNullPrototype: true },
        ),
        { maxLength: 3 },
      ),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(
      text,
      maybe,
      text,
      seconds,
      fc.nat(100_000),
      fc.array(policy, { minLength: 1, maxLength: 3 }),
      (organization, contact, id, start, length, policies) => {
        const wanted: TlsReport = {
          organization,
          contact,
          id,
          from: start * 1000,
          to: (start + length) * 1000,
          policies,
        }
        assert.deepEqual(readReport(Buffer.from(writeReport(wanted))), { kind: "report", report: wanted })
      },
    ),
  )
})
