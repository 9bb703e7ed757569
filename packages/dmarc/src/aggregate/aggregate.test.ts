import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readAggregate } from "./read.ts"
import { type AggregateReport, aggregateBytesLimit, aggregateRecordLimit, authWords } from "./report.ts"
import { aggregateFileName, writeAggregate } from "./write.ts"

const report: AggregateReport = {
  organization: "A & B",
  email: "reports@b.test",
  moreContact: "https://b.test/",
  id: "2026.11.25-a.test",
  from: Date.UTC(2026, 10, 25),
  to: Date.UTC(2026, 10, 25, 23, 59, 59),
  errors: ["two records"],
  generator: "Letterkeep 0.1.0",
  policy: {
    domain: "a.test",
    policy: "reject",
    subdomainPolicy: "quarantine",
    nonexistentPolicy: undefined,
    dkimAlignment: "relaxed",
    spfAlignment: "strict",
    isTest: false,
    failureOptions: "1",
    discovery: "treewalk",
    percent: undefined,
  },
  records: [
    {
      sourceIp: "2001:db8::1",
      count: 3,
      disposition: "none",
      dkim: "fail",
      spf: "fail",
      reasons: [{ type: "local_policy", comment: "<arc=pass>" }],
      headerFrom: "a.test",
      envelopeFrom: "bounce.a.test",
      envelopeTo: "b.test",
      dkimResults: [{ domain: "a.test", selector: "s1", result: "fail", human: undefined }],
      spfResults: [{ domain: "bounce.a.test", scope: "mfrom", result: "softfail", human: "~all" }],
    },
  ],
}

test("writes the elements of RFC 9990 in their order, escaped", () => {
  const xml = writeAggregate(report)
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2\.0">\n<version>1\.0<\/version>/,
  )
  assert.match(xml, /<org_name>A &amp; B<\/org_name>/)
  assert.match(xml, /<begin>1795564800<\/begin><end>1795651199<\/end>/)
  assert.match(
    xml,
    /<domain>a\.test<\/domain><discovery_method>treewalk<\/discovery_method><p>reject<\/p><sp>quarantine<\/sp><fo>1<\/fo><adkim>r<\/adkim><aspf>s<\/aspf><testing>n<\/testing>/,
  )
  assert.match(xml, /<reason><type>local_policy<\/type><comment>&lt;arc=pass&gt;<\/comment><\/reason>/)
  assert.equal(
    aggregateFileName("b.test", report),
    "b.test!a.test!1795564800!1795651199!20261125atest.xml.gz",
  )
  assert.throws(() => writeAggregate({ ...report, records: [] }), RangeError)
})

/** As Google and many others write it: RFC 7489, no namespace, pct. */
const older = `<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>big.test</org_name>
    <email>noreply@big.test</email>
    <report_id>571710</report_id>
    <date_range><begin>1706832000</begin><end>1706918399</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>A.Test</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>50</pct><np>none</np>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip>
      <count>2</count>
      <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>
        <reason><type>forwarded</type><comment/></reason></policy_evaluated>
    </row>
    <identifiers><header_from>a.test</header_from></identifiers>
    <auth_results>
      <dkim><domain>a.test</domain><result>pass</result><selector>s</selector></dkim>
      <dkim><domain>b.test</domain><result>invalid</result></dkim>
      <spf><domain>c.test</domain><result>unknown</result></spf>
    </auth_results>
  </record>
  <record><row><source_ip>nowhere</source_ip><count>1</count></row></record>
</feedback>`

test("reads a report in the older form, and counts the records that make no sense", () => {
  const found = readAggregate(Buffer.from(older))
  assert.ok(found.kind === "report")
  assert.deepEqual([found.skipped, found.isCut], [1, false])
  const { policy, records, organization, from } = found.report
  assert.deepEqual(
    [organization, from, policy.domain, policy.percent, policy.nonexistentPolicy],
    ["big.test", 1_706_832_000_000, "a.test", 50, "none"],
  )
  assert.deepEqual(records, [
    {
      sourceIp: "192.0.2.1",
      count: 2,
      disposition: "none",
      dkim: "pass",
      spf: "fail",
      reasons: [{ type: "forwarded", comment: undefined }],
      headerFrom: "a.test",
      envelopeFrom: undefined,
      envelopeTo: undefined,
      dkimResults: [{ domain: "a.test", selector: "s", result: "pass", human: undefined }],
      spfResults: [{ domain: "c.test", scope: undefined, result: "temperror", human: undefined }],
    },
  ])
})

test("leaves out records without an address, a number, a domain or a disposition, and results without a word", () => {
  const without = (pattern: string | RegExp, put = "") => {
    const found = readAggregate(Buffer.from(older.replace(pattern, put)))
    return found.kind === "report" ? [found.report.records.length, found.skipped] : found.why
  }
  assert.deepEqual(without("<header_from>a.test</header_from>"), [0, 2])
  assert.deepEqual(without("<disposition>none</disposition>"), [0, 2])
  assert.deepEqual(without("<disposition>none", "<disposition>eaten"), [0, 2])
  assert.deepEqual(without("<count>2", "<count>-2"), [0, 2])
  assert.deepEqual(without("192.0.2.1", "mx.a.test"), [0, 2])
  const odd = older
    .replace(">unknown<", ">odd<")
    .replace("<domain>a.test</domain><result>pass", "<result>pass")
  const found = readAggregate(Buffer.from(odd))
  assert.ok(found.kind === "report")
  assert.deepEqual([found.report.records[0]?.spfResults, found.report.records[0]?.dkimResults], [[], []])
})

test("says where a report cannot be read", () => {
  const found = readAggregate(Buffer.from("<feedback><a></b>"))
  assert.deepEqual(found, { kind: "invalid", why: "An end fits no beginning. (character 14)" })
})

test("reads a report with prefixes, attributes and another encoding", () => {
  const odd = older
    .replace('encoding="UTF-8"', "encoding='windows-1252'")
    .replaceAll(/<(\/?)(feedback|record|row)>/g, "<$1n:$2>")
    .replace("<n:feedback>", '<n:feedback xmlns:n="http://dmarc.org/dmarc-xml/0.1" x=">">')
    .replace("big.test</org", "Gr\xf6\xdfe</org")
  const found = readAggregate(Buffer.from(odd, "latin1"))
  assert.ok(found.kind === "report")
  assert.deepEqual([found.report.organization, found.report.records.length], ["Größe", 1])
})

for (const [what, text] of [
  ["nothing", ""],
  ["JSON", "{}"],
  ["another root", older.replaceAll("feedback", "html")],
  ["no metadata", older.replaceAll("report_metadata", "x")],
  ["no policy", older.replaceAll("policy_published", "x")],
  ["an unknown policy", older.replace("<p>none", "<p>never")],
  ["no domain", older.replace("<domain>A.Test</domain>", "")],
  ["a time that runs backwards", older.replace("1706832000", "1806832000")],
  ["a time that is none", older.replace("1706832000", "today")],
  ["its end cut off", older.slice(0, -5)],
  [
    "a document type",
    older.replace("<feedback>", '<!DOCTYPE feedback [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feedback>'),
  ],
] as const)
  test(`refuses a report with ${what}`, () => {
    assert.equal(readAggregate(Buffer.from(text)).kind, "invalid")
  })

test("reads no more than its limits", () => {
  const record = older
    .slice(older.indexOf("<record>"), older.indexOf("</record>") + "</record>".length)
    .replace(/\n\s*/g, "")
  const many = older.replace("</feedback>", `${record.repeat(aggregateRecordLimit)}</feedback>`)
  const found = readAggregate(Buffer.from(many))
  assert.ok(found.kind === "report")
  assert.deepEqual([found.report.records.length, found.isCut], [aggregateRecordLimit, true])
  assert.equal(readAggregate(Buffer.alloc(aggregateBytesLimit + 1, " ")).kind, "invalid")
})

test("never throws, whatever the bytes, cut or altered anywhere", () => {
  const bytes = Buffer.from(older)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), random => void readAggregate(Buffer.from(random))))
  for (let cut = 0; cut < bytes.length; cut += 11)
    assert.equal(readAggregate(bytes.subarray(0, cut)).kind, "invalid")
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const altered = Buffer.from(bytes)
      altered[at] = value
      readAggregate(altered)
    }),
    { numRuns: 300 },
  )
})

test("reads what it has written", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,10}$/)
  const text = fc
    .array(fc.constantFrom("a", "<", "&", ">", '"', "'", "ü", "]]>", "&amp;", "😀"), {
      minLength: 1,
      maxLength: 6,
    })
    .map(all => all.join(""))
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const options = { noNullPrototype: true } as const
  const policyWord = fc.constantFrom("none", "quarantine", "reject")
  const alignment = maybe(fc.constantFrom("relaxed", "strict"))
  const aligned = fc.constantFrom("pass", "fail", "unsaid")
  const seconds = fc.integer({ min: 0, max: 2_000_000_000 })
  const record = fc.record(
    {
      sourceIp: fc.constantFrom("192.0.2.1", "2001:db8::1", "::1"),
      count: fc.nat(),
      disposition: fc.constantFrom("none", "pass", "quarantine", "reject"),
      dkim: aligned,
      spf: aligned,
      reasons: fc.array(fc.record({ type: word, comment: maybe(text) }, options), { maxLength: 3 }),
      headerFrom: word,
      envelopeFrom: maybe(word),
      envelopeTo: maybe(word),
      dkimResults: fc.array(
        fc.record(
          { domain: word, selector: maybe(word), result: fc.constantFrom(...authWords), human: maybe(text) },
          options,
        ),
        { maxLength: 3 },
      ),
      spfResults: fc.array(
        fc.record(
          {
            domain: word,
            scope: maybe(fc.constantFrom("mfrom", "helo")),
            result: fc.constantFrom(...authWords),
            human: maybe(text),
          },
          options,
        ),
        { maxLength: 2 },
      ),
    },
    options,
  )
  const policy = fc.record(
    {
      domain: word,
      policy: policyWord,
      subdomainPolicy: maybe(policyWord),
      nonexistentPolicy: maybe(policyWord),
      dkimAlignment: alignment,
      spfAlignment: alignment,
      isTest: maybe(fc.boolean()),
      failureOptions: maybe(word),
      discovery: maybe(fc.constantFrom("psl", "treewalk")),
      percent: fc.constant(undefined),
    },
    options,
  )
  fc.assert(
    fc.property(
      fc.record(
        {
          organization: text,
          email: word,
          moreContact: maybe(text),
          id: word,
          errors: fc.array(text, { maxLength: 2 }),
          generator: maybe(text),
        },
        options,
      ),
      seconds,
      fc.nat(100_000),
      policy,
      fc.array(record, { minLength: 1, maxLength: 3 }),
      (metadata, start, length, published, records) => {
        const wanted: AggregateReport = {
          ...metadata,
          from: start * 1000,
          to: (start + length) * 1000,
          policy: published,
          records,
        }
        assert.deepEqual(readAggregate(Buffer.from(writeAggregate(wanted))), {
          kind: "report",
          report: wanted,
          skipped: 0,
          isCut: false,
        })
      },
    ),
  )
})
