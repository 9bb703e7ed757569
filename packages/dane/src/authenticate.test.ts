import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { keyOf, type Made, make, now, sha256, sha512 } from "../fixtures/certificates.ts"
import { authenticate, chainLimit } from "./authenticate.ts"
import { type UsableTlsa, usableRecords } from "./tlsa.ts"

const root = make({ name: "root", ca: true })
const middle = make({ name: "middle", ca: true, by: root })
const server = make({ name: "mx.a.test", dns: ["mx.a.test"], by: middle })
const stranger = make({ name: "stranger", ca: true })

const record = (usage: number, selector: number, matching: number, data: Buffer): readonly UsableTlsa[] =>
  usableRecords([{ usage, selector, matching, data }])
const ofAuthority = (made: Made) => record(2, 0, 1, sha256(made.der))
const ask = (records: readonly UsableTlsa[], chain: readonly Made[], names = ["mx.a.test"], at = now) => {
  const found = authenticate(records, { chain: chain.map(({ der }) => der), names, now: at })
  return found.kind === "authentic" ? "authentic" : found.report
}

test("knows a server by its certificate or its key, in each form of matching", () => {
  for (const [selector, bytes] of [
    [0, server.der],
    [1, keyOf(server)],
  ] as const)
    for (const [matching, data] of [
      [0, bytes],
      [1, sha256(bytes)],
      [2, sha512(bytes)],
    ] as const) {
      assert.equal(ask(record(3, selector, matching, data), [server]), "authentic")
      assert.equal(ask(record(3, selector, matching, data), [stranger, server]), "validation-failure")
    }
})

test("asks of a server that is named itself neither a name nor a date", () => {
  const old = make({ name: "x", dns: ["other.test"], to: now - 1000, from: now - 2000 })
  assert.equal(ask(record(3, 1, 1, sha256(keyOf(old))), [old]), "authentic")
})

test("takes one record that fits among others that do not", () => {
  const records = [...record(3, 1, 1, sha256(keyOf(stranger))), ...record(3, 1, 1, sha256(keyOf(server)))]
  assert.equal(ask(records, [server]), "authentic")
  assert.equal(ask(records.slice(0, 1), [server]), "validation-failure")
})

test("follows a chain to the authority that is named, whichever of the chain it is, in any order", () => {
  for (const authority of [middle, root]) {
    assert.equal(ask(ofAuthority(authority), [server, middle, root]), "authentic")
    assert.equal(ask(ofAuthority(authority), [server, root, stranger, middle]), "authentic")
    assert.equal(ask(record(2, 1, 2, sha512(keyOf(authority))), [server, middle, root]), "authentic")
  }
})

test("believes no authority that is named and only shown, but has not signed", () => {
  assert.equal(ask(ofAuthority(stranger), [server, stranger, middle, root]), "validation-failure")
  const forged = make({ name: "mx.a.test", dns: ["mx.a.test"], by: { ...middle, key: stranger.key } })
  assert.equal(ask(ofAuthority(middle), [forged, middle, root]), "validation-failure")
})

test("needs the authority that is named to be shown, unless the record holds it or its key", () => {
  assert.equal(ask(ofAuthority(root), [server, middle]), "validation-failure")
  assert.equal(ask(record(2, 0, 0, root.der), [server, middle]), "authentic")
  assert.equal(ask(record(2, 1, 0, keyOf(root)), [server, middle]), "authentic")
  assert.equal(ask(record(2, 0, 0, stranger.der), [server, middle]), "validation-failure")
  assert.equal(ask(record(2, 1, 0, keyOf(stranger)), [server, middle]), "validation-failure")
})

test("asks of a server under an authority one of the names, a star standing for one whole label", () => {
  const records = ofAuthority(root)
  const chainOf = (...dns: string[]) => [make({ name: "x", dns, by: middle }), middle, root]
  assert.equal(ask(records, chainOf("a.test"), ["mx.a.test", "a.test"]), "authentic")
  assert.equal(ask(records, chainOf("*.a.test")), "authentic")
  assert.equal(ask(records, chainOf("*.a.test"), ["mx.a.test."]), "authentic")
  for (const dns of ["other.test", "*.test", "m*.a.test", "mx.a.test.evil.test"])
    assert.equal(ask(records, chainOf(dns)), "certificate-host-mismatch", dns)
  assert.equal(ask(records, chainOf("mx.a.test"), []), "certificate-host-mismatch")
})

test("takes no certificate before or after its time, the server's or one above", () => {
  const late = now + 2 * 86_400_000
  assert.equal(ask(ofAuthority(root), [server, middle, root], ["mx.a.test"], late), "certificate-expired")
  const over = make({ name: "middle", ca: true, by: root, key: middle.key, from: now - 2000, to: now - 1000 })
  assert.equal(ask(ofAuthority(root), [server, over, root]), "certificate-expired")
  assert.equal(ask(ofAuthority(over), [server, over, root]), "certificate-expired")
  assert.equal(ask(ofAuthority(root), [server, over, middle, root]), "authentic")
  const future = make({ name: "mx.a.test", dns: ["mx.a.test"], by: middle, from: now + 1000 })
  assert.equal(ask(ofAuthority(root), [future, middle, root]), "certificate-expired")
})

test("takes nobody for an authority who is none, or not over so many, or bound by what is not understood", () => {
  const signedBy = (by: Made) => make({ name: "mx.a.test", dns: ["mx.a.test"], by })
  const chain = (authority: Made) => [signedBy(authority), authority, root]
  assert.equal(ask(ofAuthority(root), chain(make({ name: "m", by: root }))), "validation-failure")
  assert.equal(
    ask(ofAuthority(root), chain(make({ name: "m", ca: true, by: root, critical: "2.5.29.30" }))),
    "validation-failure",
  )
  const narrow = make({ name: "narrow", ca: true, pathLength: 0 })
  assert.equal(ask(ofAuthority(narrow), [signedBy(narrow), narrow]), "authentic")
  const below = make({ name: "below", ca: true, by: narrow })
  assert.equal(ask(ofAuthority(narrow), [signedBy(below), below, narrow]), "validation-failure")
  assert.equal(ask(record(2, 1, 0, keyOf(narrow)), [signedBy(below), below, narrow]), "validation-failure")
  assert.equal(ask(record(2, 1, 0, keyOf(narrow)), [signedBy(below), below]), "authentic")
  const wider = make({ name: "wider", ca: true, pathLength: 1 })
  const under = make({ name: "under", ca: true, by: wider })
  assert.equal(ask(ofAuthority(wider), [signedBy(under), under, wider]), "authentic")
})

test("takes no certificate for a server that is for something else", () => {
  const chain = (...purposes: string[]) => [make({ name: "x", dns: ["mx.a.test"], by: root, purposes }), root]
  assert.equal(ask(ofAuthority(root), chain("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")), "authentic")
  assert.equal(ask(ofAuthority(root), chain("2.5.29.37.0")), "authentic")
  assert.equal(ask(ofAuthority(root), chain("1.3.6.1.5.5.7.3.2")), "validation-failure")
})

test("a self-signed server is no authority over itself", () => {
  const alone = make({ name: "mx.a.test", dns: ["mx.a.test"], ca: true })
  assert.equal(ask(ofAuthority(alone), [alone]), "validation-failure")
})

test("fails without records, without certificates, with what is none, and beyond its limit", () => {
  assert.equal(ask([], [server]), "validation-failure")
  assert.equal(ask(ofAuthority(root), []), "validation-failure")
  const broken = { ...server, der: server.der.subarray(0, -1) }
  assert.equal(ask(record(3, 0, 0, broken.der), [broken]), "validation-failure")
  const longer = { ...server, der: Buffer.concat([server.der, Buffer.from([0])]) }
  assert.equal(ask(record(3, 1, 1, sha256(keyOf(server))), [longer]), "validation-failure")
  assert.equal(
    ask(ofAuthority(root), [server, { ...middle, der: Buffer.from("x") }, middle, root]),
    "authentic",
  )
  const crowd = Array.from({ length: chainLimit }, () => stranger)
  assert.equal(ask(ofAuthority(root), [server, ...crowd, middle, root]), "validation-failure")
})

test("never throws, and is never convinced by an altered certificate", () => {
  const records = [...record(3, 0, 1, sha256(server.der)), ...ofAuthority(root)]
  fc.assert(
    fc.property(fc.nat(server.der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const der = Buffer.from(server.der)
      der[at] = (der[at] ?? 0) ^ change
      const found = authenticate(records, { chain: [der, middle.der, root.der], names: ["mx.a.test"], now })
      assert.equal(found.kind, "not-authentic")
    }),
    { numRuns: 400 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      authenticate(records, { chain: [Buffer.from(bytes)], names: ["mx.a.test"], now })
    }),
  )
})
