import assert from "node:assert/strict"
import { test } from "node:test"
import { keyOf, make, now, sha256 } from "../fixtures/certificates.ts"
import { daneAfterTls, daneBeforeConnecting, type TlsReached } from "./decide.ts"
import { usableRecords } from "./tlsa.ts"
import type { DaneWish } from "./wish.ts"

const server = make({ name: "mx.a.test", dns: ["mx.a.test"] })
const stranger = make({ name: "mx.a.test", dns: ["mx.a.test"] })
const records = usableRecords([{ usage: 3, selector: 1, matching: 1, data: sha256(keyOf(server)) }])
const shows = (der: Buffer): TlsReached => ({
  kind: "established",
  shown: { chain: [der], names: ["mx.a.test"], now },
})
const none: DaneWish = { kind: "none" }
const encrypt: DaneWish = { kind: "encrypt" }
const wanted: DaneWish = { kind: "authenticate", records, base: "mx.a.test" }
const unknown: DaneWish = { kind: "unknown" }
const reports = (wish: DaneWish, reached: TlsReached) => {
  const decision = daneAfterTls(wish, reached)
  return decision.kind === "deliver" ? "deliver" : decision.report
}

test("asks nothing of a host that DANE says nothing about", () => {
  assert.deepEqual(daneBeforeConnecting(none), { kind: "deliver" })
  for (const reached of [{ kind: "not-offered" }, { kind: "failed" }, shows(stranger.der)] as const)
    assert.equal(reports(none, reached), "deliver")
})

test("asks for TLS, whoever it is with, where no record can be used", () => {
  assert.equal(reports(encrypt, { kind: "not-offered" }), "starttls-not-supported")
  assert.equal(reports(encrypt, { kind: "failed" }), "validation-failure")
  assert.equal(reports(encrypt, shows(stranger.der)), "deliver")
})

test("asks for a server that a record fits, and says which", () => {
  assert.deepEqual(daneBeforeConnecting(wanted), { kind: "deliver" })
  assert.deepEqual(daneAfterTls(wanted, shows(server.der)), { kind: "deliver", by: records[0] })
  assert.equal(reports(wanted, shows(stranger.der)), "validation-failure")
  assert.equal(reports(wanted, { kind: "not-offered" }), "starttls-not-supported")
  assert.equal(reports(wanted, { kind: "failed" }), "validation-failure")
})

test("gives nothing to a host while it is not known what it asks for", () => {
  assert.deepEqual(daneBeforeConnecting(unknown), { kind: "skip", report: "dnssec-invalid" })
  for (const reached of [{ kind: "not-offered" }, shows(server.der)] as const)
    assert.equal(reports(unknown, reached), "dnssec-invalid")
})
