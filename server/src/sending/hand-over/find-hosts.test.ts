import assert from "node:assert/strict"
import { test } from "node:test"
import { createTableResolver, type DnsAnswer, type DnsTable } from "@letterkeep/dns"
import { type Chance, systemChance } from "../../ports/chance.ts"
import { findAddresses, maxAddresses } from "./find-addresses.ts"
import { findHosts, maxHosts } from "./find-hosts.ts"

const { signal } = new AbortController()
const mx = (...named: readonly (readonly [number, string])[]) => ({
  mx: named.map(([preference, exchange]) => ({ preference, exchange })),
})

function hosts(table: DnsTable, domain = "far.test", chance: Chance = systemChance) {
  const resolver = createTableResolver(table)
  return findHosts(domain, { resolver, chance, isOurs: host => host === "us.example" }, signal)
}

async function names(table: DnsTable, chance?: Chance): Promise<readonly string[] | string> {
  const found = await hosts(table, "far.test", chance)
  return found.kind === "hosts" ? found.hosts.map(({ name }) => name) : `${found.kind} ${found.why}`
}

test("takes the hosts by preference, in lower case, each once", async () => {
  const table = { "far.test": mx([20, "B.test."], [10, "a.test"], [30, "A.test"], [40, "c.test"]) }
  assert.deepEqual(await names(table), ["a.test", "b.test", "c.test"])
})

test("those of one preference come in an order that chance makes", async () => {
  const table = { "far.test": mx([10, "a.test"], [10, "b.test"], [5, "first.test"]) }
  const lots = (...values: readonly number[]): Chance => {
    const left = [...values]
    return { bytes: () => Buffer.from([left.shift() ?? 0, 0, 0, 0]) }
  }
  assert.deepEqual(await names(table, lots(1, 2, 3)), ["first.test", "a.test", "b.test"])
  assert.deepEqual(await names(table, lots(2, 1, 3)), ["first.test", "b.test", "a.test"])
})

test("a domain without MX records is its own host, where it has an address", async () => {
  assert.deepEqual(await names({ "far.test": { a: ["192.0.2.1"] } }), ["far.test"])
  assert.deepEqual(await names({ "far.test": { aaaa: ["2001:db8::1"] } }), ["far.test"])
  assert.equal(await names({ "far.test": { txt: ["x"] } }), "never no-such-domain")
  assert.equal(await names({}), "never no-such-domain")
  assert.equal(await names({ "far.test": { fails: "servfail" } }), "not-now dns-failed")
})

test("heeds the null MX, and steps over one beside others", async () => {
  assert.equal(await names({ "far.test": { ...mx([0, ""]), a: ["192.0.2.1"] } }), "never null-mx")
  assert.equal(await names({ "far.test": mx([0, "."]) }), "never null-mx")
  assert.deepEqual(await names({ "far.test": mx([0, "."], [5, "a.test"]) }), ["a.test"])
})

test("takes no address and no words of a stranger's for a host", async () => {
  const odd = [
    "192.0.2.1",
    "a b.test",
    "x\u001b[2J.test",
    "a..test",
    `${"a".repeat(64)}.test`,
    "é.test",
    "1.2",
  ]
  for (const name of odd) {
    assert.equal(await names({ "far.test": mx([1, name]) }), "not-now unreachable", name)
    assert.deepEqual(await names({ "far.test": mx([1, name], [2, "mx_1.far.test"]) }), ["mx_1.far.test"])
  }
})

test("leaves out itself and all that is not before it", async () => {
  const table = { "far.test": mx([10, "a.test"], [20, "Us.Example"], [20, "b.test"], [30, "c.test"]) }
  assert.deepEqual(await names(table), ["a.test"])
  assert.equal(await names({ "far.test": mx([10, "us.example"], [20, "b.test"]) }), "never loops-back")
  const us = await hosts({ "us.example": { a: ["192.0.2.1"] } }, "us.example")
  assert.deepEqual(us, { kind: "never", why: "loops-back" })
})

test("has no host for an address literal, and so many at most", async () => {
  assert.deepEqual(await hosts({}, "[192.0.2.1]"), { kind: "never", why: "no-such-domain" })
  const many = Array.from({ length: 50 }, (_, at) => [at, `mx${at}.test`] as const)
  assert.equal((await names({ "far.test": mx(...many) })).length, maxHosts)
})

test("says whether it is sure that a host is meant", async () => {
  for (const authentic of [true, false]) {
    const found = await hosts({ "far.test": { ...mx([10, "a.test"]), authentic } })
    assert.deepEqual(found.kind === "hosts" && found.hosts, [{ name: "a.test", authentic }])
  }
})

const tlsa = [{ usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32) }]

async function addresses(
  entry: DnsTable[string],
  more: DnsTable = {},
  place: { readonly port?: number; readonly isNamedHere?: boolean } = {},
  authentic = true,
) {
  const asked: string[] = []
  const resolver = createTableResolver({ "mx.test": entry, ...more })
  const noting = {
    ...resolver,
    tlsa: (name: string) => {
      asked.push(name)
      return resolver.tlsa(name)
    },
  }
  const where = { port: 25, isNamedHere: false, ...place }
  return { found: await findAddresses({ name: "mx.test", authentic }, where, noting, signal), asked }
}

test("takes addresses of both kinds in turns, so many at most", async () => {
  const { found } = await addresses({ a: ["192.0.2.1", "192.0.2.2", "192.0.2.3"], aaaa: ["2001:db8::1"] })
  assert.deepEqual(found.kind === "addresses" && found.ips, [
    "2001:db8::1",
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3",
  ])
  assert.equal(maxAddresses, 4)
})

test("does not knock at port 25 of this machine or its neighbours because a stranger's record says so", async () => {
  const here = { a: ["127.0.0.1", "127.9.9.9", "0.0.0.0"], aaaa: ["::1", "::", "::ffff:127.0.0.1"] }
  const near = { a: ["10.0.0.1", "192.168.1.1", "169.254.1.1"], aaaa: ["::127.0.0.1", "64:ff9b::7f00:1"] }
  for (const entry of [here, near]) {
    assert.equal((await addresses(entry)).found.kind, "none")
    assert.equal((await addresses(entry, {}, { port: 2525 })).found.kind, "addresses")
    assert.equal((await addresses(entry, {}, { isNamedHere: true })).found.kind, "addresses")
  }
})

test("asks for TLSA only where all that leads there was validated", async () => {
  const dane = { "_25._tcp.mx.test": { tlsa, authentic: true } }
  const signed = await addresses({ a: ["192.0.2.1"], authentic: true }, dane)
  assert.equal(signed.found.kind === "addresses" && signed.found.wish.kind, "authenticate")
  assert.deepEqual(signed.asked, ["_25._tcp.mx.test"])
  for (const unsigned of [
    await addresses({ a: ["192.0.2.1"] }, dane),
    await addresses({ a: ["192.0.2.1"], authentic: true }, dane, {}, false),
  ]) {
    assert.equal(unsigned.found.kind === "addresses" && unsigned.found.wish.kind, "none")
    assert.deepEqual(unsigned.asked, [])
  }
  const broken = { "_25._tcp.mx.test": { fails: "servfail" } } as const
  const unknown = await addresses({ a: ["192.0.2.1"], authentic: true }, broken)
  assert.equal(unknown.found.kind === "addresses" && unknown.found.wish.kind, "unknown")
})

test("of a host that is an alias, asks under what it leads to, then under its own name", async () => {
  const end = { a: ["192.0.2.1"], authentic: true }
  const alias = { cname: "mx.provider.test", authentic: true }
  const [there, here] = ["_25._tcp.mx.provider.test", "_25._tcp.mx.test"]
  const records = { tlsa, authentic: true }
  const cases: readonly (readonly [name: string, table: DnsTable, asked: readonly string[], wish: string])[] =
    [
      [
        "records there",
        { "mx.provider.test": end, [there]: records },
        [there],
        "authenticate mx.provider.test",
      ],
      ["records here", { "mx.provider.test": end, [here]: records }, [there, here], "authenticate mx.test"],
      [
        "records there that were not validated",
        { "mx.provider.test": end, [there]: { tlsa }, [here]: records },
        [there, here],
        "authenticate mx.test",
      ],
      ["none", { "mx.provider.test": end }, [there, here], "none"],
      [
        "no answer there",
        { "mx.provider.test": end, [there]: { fails: "servfail" }, [here]: records },
        [there],
        "unknown",
      ],
      [
        "a provider without DNSSEC",
        { "mx.provider.test": { a: ["192.0.2.1"] }, [there]: records, [here]: records },
        [here],
        "authenticate mx.test",
      ],
    ]
  for (const [name, table, asked, expected] of cases) {
    const { found, ...told } = await addresses(alias, table)
    assert.ok(found.kind === "addresses", name)
    const { wish } = found
    assert.deepEqual(
      [told.asked, wish.kind === "authenticate" ? `${wish.kind} ${wish.base}` : wish.kind],
      [asked, expected],
      name,
    )
  }
  const unsigned = await addresses(
    { cname: "mx.provider.test" },
    { "mx.provider.test": end, [there]: records, [here]: records },
  )
  assert.equal(unsigned.found.kind === "addresses" && unsigned.found.wish.kind, "none")
  assert.deepEqual(unsigned.asked, [])
  const unsure = await addresses(
    alias,
    { "mx.provider.test": end, [there]: records, [here]: records },
    {},
    false,
  )
  assert.deepEqual(unsure.asked, [])
})

test("what an unsigned answer makes of a signed alias takes DANE from nobody", async () => {
  const tlsaName = "_25._tcp.mx.test"
  const signed = createTableResolver({
    "mx.test": { cname: "mx.provider.test", authentic: true },
    [tlsaName]: { tlsa, authentic: true },
  })
  const forged = (record: string, canonical: string | undefined) => async (): Promise<DnsAnswer<string>> => ({
    kind: "found",
    ...{ records: [record], authentic: false, ttl: 60 },
    ...(canonical === undefined ? {} : { canonical }),
  })
  const nothing = async () => ({ kind: "nothing", why: "nodata", ttl: 60 }) as const
  const [four, six] = ["192.0.2.1", "2001:db8::1"] as const
  const honest = forged(four, "mx.provider.test")
  const cases = {
    honest: [honest, forged(six, "mx.provider.test")],
    "addresses of both kinds that part ways": [honest, forged(six, "other.provider.test")],
    "a name that no host can have": [forged(four, "x!.provider.test"), nothing],
    "no alias at all": [forged(four, undefined), nothing],
  } as const
  for (const [name, [a, aaaa]] of Object.entries(cases)) {
    const resolver = { ...signed, a, aaaa }
    const found = await findAddresses(
      { name: "mx.test", authentic: true },
      { port: 25, isNamedHere: true },
      resolver,
      signal,
    )
    assert.equal(found.kind === "addresses" && found.wish.kind, "authenticate", name)
    const withheld = { ...resolver, cname: async () => ({ kind: "failed", why: "servfail" }) as const }
    const unknown = await findAddresses(
      { name: "mx.test", authentic: true },
      { port: 25, isNamedHere: true },
      withheld,
      signal,
    )
    assert.equal(unknown.kind === "addresses" && unknown.wish.kind, "unknown", name)
  }
})

test("says what the domain is an alias of, where that is sure", async () => {
  const table = (authentic: boolean): DnsTable => ({
    "far.test": { cname: "real.test", authentic },
    "real.test": { ...mx([10, "a.test"]), authentic: true },
  })
  for (const authentic of [true, false]) {
    const found = await hosts(table(authentic))
    const alias = authentic ? { domainAlias: "real.test" } : {}
    assert.deepEqual(found.kind === "hosts" && found.hosts, [{ name: "a.test", authentic, ...alias }])
  }
})

test("tells a host without an address from one that could not be asked for", async () => {
  assert.equal((await addresses({ txt: ["x"] })).found.kind, "none")
  assert.equal((await addresses({ fails: "timeout" })).found.kind, "failed")
})
