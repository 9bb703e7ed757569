import assert from "node:assert/strict"
import { test } from "node:test"
import { splitFields } from "@letterkeep/dkim"
import { createTableResolver } from "@letterkeep/dns"
import { lookAtHeader } from "./header-sanity.ts"
import { askIprev } from "./iprev.ts"
import { proveSender } from "./sender-proof.ts"
import { askSpf } from "./spf.ts"
import { isChainTrusted } from "./trusted-chain.ts"

const isOurDomain = async (domain: string) => domain === "house.example"

type Table = Parameters<typeof createTableResolver>[0]

test("confirms an address by a name that leads back to it", async () => {
  const ask = async (table: Table, ip = "192.0.2.1") =>
    (await askIprev(ip, createTableResolver(table)))?.result
  const named = { "192.0.2.1": { ptr: ["x.example", "mail.example"] } }
  assert.equal(await ask({ ...named, "mail.example": { a: ["192.0.2.1"] } }), "pass")
  assert.equal(await ask({ ...named, "mail.example": { a: ["192.0.2.2"] } }), "fail")
  assert.equal(await ask({ ...named, "mail.example": { fails: "timeout" } }), "temperror")
  assert.equal(await ask({ "192.0.2.1": { fails: "timeout" } }), "temperror")
  assert.equal(await ask({}), "permerror")
  const six = { "2001:db8::1": { ptr: ["six.example"] }, "six.example": { aaaa: ["2001:DB8:0::1"] } }
  assert.equal(await ask(six, "2001:db8::1"), "pass")
})

test("says in printable ASCII what a stranger's name server and greeting made up", async () => {
  const hostile = "\x1b[2j\u009b31m.evil.example"
  const table: Table = { "192.0.2.1": { ptr: [hostile] }, [hostile]: { a: ["192.0.2.1"] } }
  const resolver = createTableResolver(table)
  const reasons = [
    (await askIprev("192.0.2.1", resolver))?.reason,
    (
      await askSpf({
        ip: "192.0.2.1",
        helo: hostile,
        reversePath: "",
        hostname: "mx.example",
        now: 0,
        resolver,
        isOurDomain,
      })
    ).reason,
  ]
  for (const reason of reasons) assert.match(reason ?? "", /^[\x20-\x7e]*\[2j[\x20-\x7e]*$/)
})

test("asks no name of an address that has none in public", async () => {
  for (const ip of [
    "127.0.0.1",
    "::1",
    "10.1.2.3",
    "192.168.1.1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "nonsense",
  ]) {
    assert.equal(await askIprev(ip, createTableResolver({})), undefined, ip)
  }
})

test("finds what a header lacks and what it has too often", () => {
  const header = lookAtHeader(
    splitFields(Buffer.from("Received: x\r\nSubject: a\r\nFrom: b\r\nSUBJECT: c\r\nX: 1\r\nX: 2\r\n")),
  )
  assert.deepEqual(header, { hasDate: false, repeated: ["subject"], hops: 1 })
})

test("asks SPF about the reverse-path, and about the HELO name where that is empty", async () => {
  const resolver = createTableResolver({
    "a.example": { txt: ["v=spf1 +all"] },
    "xn--bcher-kva.example": { txt: ["v=spf1 -all"] },
  })
  const ask = (reversePath: string, helo: string) =>
    askSpf({ ip: "192.0.2.1", helo, reversePath, hostname: "mx.example", now: 0, resolver, isOurDomain })
  const answers = await Promise.all([
    ask("joe@a.example", "x"),
    ask("", "a.example"),
    ask("j@bücher.example", "x"),
    ask("", "[192.0.2.1]"),
  ])
  assert.deepEqual(
    answers.map(({ result, identity }) => [result, identity]),
    [
      ["pass", "mailfrom"],
      ["pass", "helo"],
      ["fail", "mailfrom"],
      ["none", "helo"],
    ],
  )
})

test("asks for no name that holds the address of somebody here, whoever says to be them", async () => {
  for (const terms of [
    "exists:%{l}.known.example -all",
    "redirect=%{s}.known.example",
    "include:%{L1r-}.known.example -all",
  ]) {
    const record = { txt: [`v=spf1 ip4:198.51.100.7 ${terms}`] }
    const table = createTableResolver({ "house.example": record, "a.example": record })
    const asked: string[] = []
    const noted = (name: string): string => {
      asked.push(name)
      return name
    }
    const naming = () => ({
      ...table,
      a: (name: string) => table.a(noted(name)),
      txt: (name: string) => table.txt(noted(name)),
    })
    const resolver = { ...table, naming }
    const ask = async (reversePath: string, ip = "192.0.2.1", helo = "x") =>
      (await askSpf({ ip, helo, reversePath, hostname: "mx.example", now: 0, resolver, isOurDomain })).result
    assert.equal(await ask("ada@house.example"), "permerror", terms)
    assert.equal(await ask("ada@HOUSE.example."), "permerror", terms)
    assert.deepEqual(asked, [])
    assert.equal(await ask("ada@house.example", "198.51.100.7"), "pass", "what comes before it still counts")
    await ask("", "192.0.2.1", "house.example")
    await ask("joe@a.example")
    assert.match(asked.join(" "), /^joe\S*$/)
  }
})

test("trusts a chain only if every sealer is on the list and the first saw DMARC pass", () => {
  const chain = {
    result: "pass",
    reason: "",
    sealers: ["b.example", "a.example"],
    firstResults: " mx.a.example; dmarc=pass header.from=x.example",
  } as const
  const both = new Set(["a.example", "b.example"])
  assert.ok(isChainTrusted(chain, both))
  assert.ok(!isChainTrusted(chain, new Set(["b.example"])))
  assert.ok(!isChainTrusted(chain, new Set()))
  assert.ok(!isChainTrusted({ ...chain, result: "fail", sealers: [] }, both))
  assert.ok(!isChainTrusted({ ...chain, firstResults: " mx.a.example; dmarc=fail" }, both))
  assert.ok(!isChainTrusted({ ...chain, firstResults: " mx.a.example; dmarc=fail (dmarc=pass)" }, both))
})

test("takes a sender for proven by DMARC, or without a policy by a domain at or above its own", () => {
  const author = { kind: "one", domain: "news.a.example", address: "x@news.a.example" } as const
  const none = { result: "none", reason: "", author, disposition: "none" } as const
  const noSpf = { result: "none", reason: "", identity: "mailfrom", domain: "news.a.example" } as const
  const signed = (domain: string) => [{ result: "pass", reason: "", domain }] as const
  assert.equal(proveSender({ ...none, result: "pass" }, [], noSpf), "proven")
  assert.equal(proveSender(none, signed("news.a.example"), noSpf), "proven")
  assert.equal(proveSender(none, signed("a.example"), noSpf), "proven")
  assert.equal(proveSender(none, signed("example"), noSpf), "unproven")
  assert.equal(proveSender(none, signed("x.news.a.example"), noSpf), "unproven")
  assert.equal(proveSender(none, signed("s.a.example"), noSpf), "unproven")
  assert.equal(proveSender(none, [], { ...noSpf, result: "pass" }), "proven")
  assert.equal(proveSender({ ...none, result: "fail" }, signed("a.example"), noSpf), "unproven")
})
