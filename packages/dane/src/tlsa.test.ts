import assert from "node:assert/strict"
import { test } from "node:test"
import type { DnsAnswer, TlsaRecord } from "@letterkeep/dns"
import { readTlsa, usableRecords } from "./tlsa.ts"
import { tlsaBases, tlsaName, wishOf } from "./wish.ts"

const tlsa = (usage: number, selector: number, matching: number, length: number): TlsaRecord => ({
  usage,
  selector,
  matching,
  data: Buffer.alloc(length, usage * 16 + selector * 4 + matching),
})

test("reads the records that mail uses", () => {
  for (const [usage, selector, matching, length, said] of [
    [2, 0, 1, 32, "authority certificate sha256"],
    [2, 1, 2, 64, "authority key sha512"],
    [3, 0, 0, 700, "server certificate exact"],
    [3, 1, 1, 32, "server key sha256"],
  ] as const) {
    const read = readTlsa(tlsa(usage, selector, matching, length))
    assert.ok(read.kind === "usable")
    assert.equal(`${read.record.usage} ${read.record.selector} ${read.record.matching}`, said)
  }
})

test("says why others are unusable", () => {
  for (const [usage, selector, matching, length, why] of [
    [0, 0, 1, 32, "usage"],
    [1, 1, 1, 32, "usage"],
    [4, 1, 1, 32, "usage"],
    [255, 1, 1, 32, "usage"],
    [3, 2, 1, 32, "selector"],
    [3, 1, 3, 48, "matching"],
    [3, 1, 255, 32, "matching"],
    [3, 1, 1, 31, "data"],
    [3, 1, 1, 64, "data"],
    [3, 1, 2, 32, "data"],
    [3, 1, 0, 0, "data"],
    [3, 0, 0, 17_000, "data"],
  ] as const)
    assert.deepEqual(readTlsa(tlsa(usage, selector, matching, length)), { kind: "unusable", why })
})

test("leaves weak digests out where a strong one is there for the same use, and nowhere else", () => {
  const forms = (...records: TlsaRecord[]) =>
    usableRecords(records).map(one => `${one.usage} ${one.selector} ${one.matching}`)
  assert.deepEqual(forms(tlsa(3, 1, 1, 32), tlsa(3, 1, 2, 64), tlsa(3, 1, 0, 90)), [
    "server key sha512",
    "server key exact",
  ])
  assert.deepEqual(forms(tlsa(3, 1, 1, 32), tlsa(3, 0, 2, 64), tlsa(2, 1, 2, 64)).length, 3)
  assert.deepEqual(forms(tlsa(3, 1, 1, 32), tlsa(3, 1, 2, 63)), ["server key sha256"])
  assert.equal(usableRecords(Array.from({ length: 100 }, () => tlsa(3, 1, 1, 32))).length, 64)
})

test("asks under the port and the host", () => {
  assert.equal(tlsaName("mx.a.test", 25), "_25._tcp.mx.a.test")
})

test("looks under what a host is an alias of, then under its own name, as far as each was validated", () => {
  const host = "mx.a.test"
  const canonical = "mx.provider.test"
  assert.deepEqual(tlsaBases({ host, addressAuthentic: true }), [host])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: true, canonical }), [canonical, host])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: true, canonical: host }), [host])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: false }), [])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: false, aliasAuthentic: true }), [host])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: false, canonical, aliasAuthentic: false }), [])
  assert.deepEqual(tlsaBases({ host, addressAuthentic: false, canonical, aliasAuthentic: true }), [host])
})

test("lets the validated DNS alone ask for DANE, and takes no failure for a no", () => {
  const found = (authentic: boolean, ...records: TlsaRecord[]): DnsAnswer<TlsaRecord> => ({
    kind: "found",
    records,
    authentic,
    ttl: 60,
  })
  const wish = (answer: DnsAnswer<TlsaRecord>, mxAuthentic = true) =>
    wishOf({ mxAuthentic, base: "mx.a.test", tlsa: answer }).kind
  const good = tlsa(3, 1, 1, 32)
  assert.equal(wish(found(true, good)), "authenticate")
  assert.equal(wish(found(true, good, tlsa(0, 0, 0, 1))), "authenticate")
  assert.equal(wish(found(true, tlsa(0, 0, 1, 32))), "encrypt")
  assert.equal(wish(found(false, good)), "none")
  assert.equal(wish(found(true, good), false), "none")
  assert.equal(wish(found(true)), "none")
  assert.equal(wish({ kind: "nothing", why: "nodata", ttl: 0 }), "none")
  for (const why of ["servfail", "timeout", "malformed"] as const)
    assert.equal(wish({ kind: "failed", why }), "unknown")
})
