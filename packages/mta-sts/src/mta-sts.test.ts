import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  acceptPolicy,
  decideAfterTls,
  decideBeforeConnecting,
  matchesMx,
  maxAgeLimit,
  type Policy,
  policyBytesLimit,
  policyUrl,
  readPolicy,
  readRecords,
  recordName,
  type TlsFound,
} from "./index.ts"

test("knows where record and policy of a domain are", () => {
  assert.equal(recordName("a.test"), "_mta-sts.a.test")
  assert.equal(policyUrl("a.test"), "https://mta-sts.a.test/.well-known/mta-sts.txt")
})

for (const [texts, id] of [
  [["v=STSv1; id=20160831085700Z;"], "20160831085700Z"],
  [["v=STSv1;id=1"], "1"],
  [["v=STSv1 ;\tid=abc ; x-y=z:/, ;"], "abc"],
  [["v=STSv1; o=1; id=2; id=3"], "2"],
  [["v=spf1 -all", "v=STSv1; id=1", "v=STSv2; id=9"], "1"],
  [[`v=STSv1; id=${"a".repeat(32)}`], "a".repeat(32)],
] as const)
  test(`reads the id of ${JSON.stringify(texts)}`, () => {
    assert.deepEqual(readRecords(texts), { kind: "policy", id })
  })

for (const [texts, why] of [
  [[], "absent"],
  [["v=STSv1"], "absent"],
  [["V=STSv1; id=1"], "absent"],
  [["v=stsv1; id=1"], "absent"],
  [[" v=STSv1; id=1"], "absent"],
  [["id=1; v=STSv1;"], "absent"],
  [["v=STSv1; id=1", "v=STSv1; id=1"], "several"],
  [["v=STSv1;"], "malformed"],
  [["v=STSv1; x=1"], "malformed"],
  [["v=STSv1; id="], "malformed"],
  [["v=STSv1; id=a-b"], "malformed"],
  [["v=STSv1; ID=1"], "malformed"],
  [["v=STSv1; id = 1"], "malformed"],
  [["v=STSv1; id=1;; x=2"], "malformed"],
  [["v=STSv1; id=1; x=a=b"], "malformed"],
  [[`v=STSv1; id=${"a".repeat(33)}`], "malformed"],
  [[`v=STSv1; id=1; x=${"a".repeat(3_000)}`], "malformed"],
] as const)
  test(`finds no id in ${JSON.stringify(texts).slice(0, 60)}`, () => {
    assert.deepEqual(readRecords(texts), { kind: "none", why })
  })

const good = "version: STSv1\nmode: enforce\nmx: mail.a.test\nmx: *.b.test\nmax_age: 604800\n"

for (const [text, policy] of [
  [good, { mode: "enforce", maxAge: 604_800, mx: ["mail.a.test", "*.b.test"] }],
  [good.replaceAll("\n", "\r\n"), { mode: "enforce", maxAge: 604_800, mx: ["mail.a.test", "*.b.test"] }],
  ["max_age:1\nmx:A.Test  \nmode:testing\nversion:STSv1", { mode: "testing", maxAge: 1, mx: ["a.test"] }],
  ["version: STSv1\nmode: none\nmax_age: 0\n\n\n", { mode: "none", maxAge: 0, mx: [] }],
  [
    "version: STSv1\nmode: none\nmode: enforce\nmax_age: 9999999999\nx: ü: 1",
    { mode: "none", maxAge: maxAgeLimit, mx: [] },
  ],
] as const)
  test(`reads the policy ${JSON.stringify(text).slice(0, 60)}`, () => {
    assert.deepEqual(readPolicy(Buffer.from(text)), { kind: "policy", policy })
  })

for (const [what, text] of [
  ["nothing", ""],
  ["a page", "<html><body>404</body></html>"],
  ["another version", good.replace("STSv1", "STSv2")],
  ["no version", good.replace(/version.*\n/, "")],
  ["an unknown mode", good.replace("enforce", "enforced")],
  ["no mode", good.replace(/mode.*\n/, "")],
  ["no hosts", good.replaceAll(/mx.*\n/g, "")],
  ["no age", good.replace(/max_age.*\n/, "")],
  ["a negative age", good.replace("604800", "-1")],
  ["an age with letters", good.replace("604800", "1d")],
  ["a star inside of a name", good.replace("*.b.test", "mx.*.test")],
  ["a star in a part of a label", good.replace("*.b.test", "*x.b.test")],
  ["a star alone", good.replace("*.b.test", "*")],
  ["an empty host", good.replace("*.b.test", "")],
  ["an empty label", good.replace("*.b.test", "a..test")],
  ["a host beyond ASCII", good.replace("*.b.test", "bücher.test")],
  ["an address for a host", good.replace("*.b.test", "[192.0.2.1]")],
  ["a space before a colon", good.replace("mode:", "mode :")],
  ["a value alone", `${good}enforce\n`],
  ["too much", good + "x: ".padEnd(policyBytesLimit, "x")],
] as const)
  test(`refuses a policy with ${what}`, () => {
    assert.equal(readPolicy(Buffer.from(text)).kind, "invalid")
  })

test("says in which line a policy is wrong", () => {
  const why = (text: string) => {
    const read = readPolicy(Buffer.from(text))
    return read.kind === "invalid" ? read.why : read.kind
  }
  assert.equal(why(`${good}enforce`), 'Line 6 is no "key: value".')
  assert.equal(why(good.replace("mail.a.test", "-")), 'Line 3 names no host: "mx".')
})

test("takes a policy from a plain 200 alone", () => {
  const fetched = (status: number, contentType: string | undefined) =>
    acceptPolicy({ status, contentType, body: Buffer.from(good) }).kind
  assert.equal(fetched(200, "text/plain"), "policy")
  assert.equal(fetched(200, "Text/Plain; charset=utf-8"), "policy")
  for (const status of [201, 204, 301, 302, 304, 404, 500])
    assert.equal(fetched(status, "text/plain"), "invalid")
  for (const type of [undefined, "", "text/html", "text/plainer", "application/text/plain"])
    assert.equal(fetched(200, type), "invalid")
})

test("matches hosts by whole labels, a star for exactly one", () => {
  const patterns = ["mail.a.test", "*.b.test"]
  for (const host of ["mail.a.test", "x.b.test", "MAIL.A.TEST.", "mx1.b.test", "mx1.B.test."])
    assert.ok(matchesMx(patterns, host), host)
  for (const host of [
    "",
    ".",
    "a.test",
    "x.mail.a.test",
    "b.test",
    "a.mx1.b.test",
    "xb.test",
    ".b.test",
    "mail.a.test.evil.test",
    "mail.a.testx",
  ])
    assert.ok(!matchesMx(patterns, host), host)
  assert.ok(!matchesMx([], "mail.a.test"))
})

const policy = (mode: Policy["mode"]): Policy => ({ mode, maxAge: 1, mx: ["mx.a.test"] })
const found: readonly (readonly [TlsFound, string])[] = [
  [{ kind: "not-offered" }, "starttls-not-supported"],
  [{ kind: "failed" }, "validation-failure"],
  [{ kind: "unverified", why: "expired" }, "certificate-expired"],
  [{ kind: "unverified", why: "other-name" }, "certificate-host-mismatch"],
  [{ kind: "unverified", why: "not-trusted" }, "certificate-not-trusted"],
]

test("enforces: no message for a host that is not named, nor without TLS that is verified", () => {
  assert.deepEqual(decideBeforeConnecting(policy("enforce"), "mx.a.test"), { kind: "deliver" })
  assert.deepEqual(decideBeforeConnecting(policy("enforce"), "mx.evil.test"), {
    kind: "skip",
    report: "validation-failure",
  })
  assert.deepEqual(decideAfterTls(policy("enforce"), { kind: "verified" }), { kind: "deliver" })
  for (const [tls, report] of found)
    assert.deepEqual(decideAfterTls(policy("enforce"), tls), { kind: "skip", report })
})

test("tests: delivers all the same, and says what would have failed", () => {
  assert.deepEqual(decideBeforeConnecting(policy("testing"), "mx.evil.test"), {
    kind: "deliver",
    report: "validation-failure",
  })
  for (const [tls, report] of found)
    assert.deepEqual(decideAfterTls(policy("testing"), tls), { kind: "deliver", report })
})

test("asks for nothing without a policy, or with one of mode none", () => {
  for (const none of [undefined, policy("none")]) {
    assert.deepEqual(decideBeforeConnecting(none, "mx.evil.test"), { kind: "deliver" })
    for (const [tls] of found) assert.deepEqual(decideAfterTls(none, tls), { kind: "deliver" })
  }
})

test("takes no long time for a long line of blanks", () => {
  const began = performance.now()
  readPolicy(Buffer.from(`${good}x: ${" ".repeat(policyBytesLimit - good.length - 5)}x`))
  assert.ok(performance.now() - began < 500)
})

test("never throws, whatever the bytes, and finds no policy in what is cut before its end", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void readPolicy(Buffer.from(bytes))))
  fc.assert(fc.property(fc.string({ maxLength: 100 }), text => void readRecords([`v=STSv1;${text}`])))
  const last = good.indexOf("max_age: 6") + "max_age: ".length
  for (let cut = 0; cut <= last; cut += 1)
    assert.equal(readPolicy(Buffer.from(good.slice(0, cut))).kind, "invalid", String(cut))
})

test("reads what it is told, in any order of lines", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
  const host = fc.tuple(fc.constantFrom("*", "mx"), label, label).map(all => all.join("."))
  const wanted = fc.record({
    mode: fc.constantFrom("enforce", "testing", "none"),
    maxAge: fc.nat(maxAgeLimit),
    mx: fc.array(host, { minLength: 1, maxLength: 5 }),
  })
  fc.assert(
    fc.property(wanted, fc.nat(10), fc.constantFrom("\n", "\r\n"), (expected, turn, end) => {
      const lines = [
        "version: STSv1",
        `mode: ${expected.mode}`,
        `max_age: ${expected.maxAge}`,
        ...expected.mx.map(mx => `mx: ${mx}`),
      ]
      const turned = [...lines.slice(turn % 3), ...lines.slice(0, turn % 3)]
      assert.deepEqual(readPolicy(Buffer.from(turned.join(end))), { kind: "policy", policy: { ...expected } })
    }),
  )
})
