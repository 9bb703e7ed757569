import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import fc from "fast-check"
import { mayReportTo } from "./may-report.ts"
import { readReportAddresses } from "./report-address.ts"

const valid = {
  "mailto:a@b.test": [["a@b.test", undefined]],
  "mailto:a@b.test, MAILTO:c.d+e@F.test!10m": [
    ["a@b.test", undefined],
    ["c.d+e@f.test", 10 * 1024 * 1024],
  ],
  "mailto:a@b.test!500": [["a@b.test", 500]],
  "mailto:a@b.test!1k,mailto:a@b.test": [["a@b.test", undefined]],
  "mailto:a%2Bx@b.test?subject=hi": [["a+x@b.test", undefined]],
  "https://b.test/dmarc,mailto:a@b.test": [["a@b.test", undefined]],
} as const
for (const [text, want] of Object.entries(valid))
  test(`reads ${text}`, () => {
    assert.deepEqual(
      readReportAddresses(text).map(({ address, limit }) => [address, limit]),
      want,
    )
  })

for (const text of [
  ...[
    "",
    "a@b.test",
    "mailto:",
    "mailto:a",
    "mailto:@b.test",
    "mailto:a@b",
    "mailto:a@b.test!",
    "mailto:a@b.test!x",
  ],
  ...[
    "mailto:a b@c.test",
    "mailto:a%0d%0ax@b.test",
    'mailto:"a"@b.test',
    "mailto:a@[192.0.2.1]",
    "http://b.test/",
  ],
  ...["mailto:a%00@b.test", "mailto:a@b.test>", "mailto:<a@b.test>", `mailto:${"a".repeat(65)}@b.test`],
])
  test(`finds no address in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readReportAddresses(text), [])
  })

test("takes no more than ten, and never what would break a line", () => {
  const many = Array.from({ length: 30 }, (_, no) => `mailto:a${no}@b.test`)
  assert.equal(readReportAddresses(many.join(",")).length, 10)
  fc.assert(
    fc.property(fc.string(), fc.string(), (local, domain) => {
      for (const { address } of readReportAddresses(`mailto:${local}@${domain}.test`))
        assert.match(address, /^[\x21-\x7e]+$/)
    }),
  )
})

const to = (text: string) => {
  const [address] = readReportAddresses(`mailto:${text}`)
  assert.ok(address)
  return address
}
const ask = (domain: string, address: string, dns: DnsTable = {}) =>
  mayReportTo(domain, to(address), createTableResolver(dns))

test("an address within the organisation needs no leave", async () => {
  const policies = { "_dmarc.a.test": { txt: ["v=DMARC1; p=none"] } }
  assert.deepEqual(await ask("a.test", "r@a.test"), { kind: "yes", to: [to("r@a.test")] })
  assert.equal((await ask("a.test", "r@mail.a.test", policies)).kind, "yes")
  assert.equal((await ask("shop.a.test", "r@a.test", policies)).kind, "yes")
})

test("an address elsewhere needs its domain's own word", async () => {
  const leave = "a.test._report._dmarc.b.test"
  assert.equal((await ask("a.test", "r@b.test")).kind, "no")
  assert.equal((await ask("a.test", "r@b.test", { [leave]: { txt: ["v=spf1 -all"] } })).kind, "no")
  assert.equal((await ask("a.test", "r@b.test", { [leave]: { txt: ["v=DMARC1"] } })).kind, "yes")
  assert.equal((await ask("a.test", "r@b.test", { [leave]: { fails: "timeout" } })).kind, "unknown")
  const other = await ask("a.test", "r@b.test", { [leave]: { txt: ["v=DMARC1; rua=mailto:x@b.test"] } })
  assert.deepEqual(other, { kind: "yes", to: [to("x@b.test")] })
  const abuse = await ask("a.test", "r@b.test", { [leave]: { txt: ["v=DMARC1; rua=mailto:x@victim.test"] } })
  assert.deepEqual(abuse, { kind: "yes", to: [] })
})
