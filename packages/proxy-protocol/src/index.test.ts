import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { maxProxyHeader, readProxyHeader } from "./index.ts"

const signature = "0d0a0d0a000d0a515549540a"
const header = (rest: string): Buffer => Buffer.from(signature + rest, "hex")
const four = header("2111000c" + "c0000211" + "c6336401" + "d903" + "0019")

test("reads the two ends of an IPv4 connection", () => {
  assert.deepEqual(readProxyHeader(Buffer.concat([four, Buffer.from("EHLO")])), {
    kind: "proxied",
    source: { ip: "192.0.2.17", port: 0xd903 },
    destination: { ip: "198.51.100.1", port: 25 },
    octets: 28,
  })
})

test("reads the two ends of an IPv6 connection, with a TLV behind them", () => {
  const source = "20010db8000000000000000000000001"
  const destination = "20010db8000000000000000000000002"
  assert.deepEqual(readProxyHeader(header(`21210028${source}${destination}d903001904000100`)), {
    kind: "proxied",
    source: { ip: "2001:db8:0:0:0:0:0:1", port: 0xd903 },
    destination: { ip: "2001:db8:0:0:0:0:0:2", port: 25 },
    octets: 56,
  })
})

test("asks for more wherever a header is cut", () => {
  for (let cut = 0; cut < four.length; cut += 1) {
    const read = readProxyHeader(four.subarray(0, cut))
    assert.equal(read.kind, "more", `cut at ${cut}`)
    if (read.kind === "more") assert.ok(read.octets > cut && read.octets <= four.length)
  }
})

test("takes a health check and an unspecified family as the connection itself", () => {
  assert.deepEqual(readProxyHeader(header("20000000")), { kind: "local", octets: 16 })
  assert.deepEqual(readProxyHeader(header("2100000" + "0")), { kind: "local", octets: 16 })
  assert.deepEqual(readProxyHeader(header("2111000c").subarray(0, 16)), { kind: "more", octets: 28 })
})

test("refuses what is not version 2", () => {
  const refused: readonly (readonly [Buffer, string])[] = [
    [Buffer.from("PROXY TCP4 192.0.2.17 198.51.100.1 55555 25\r\n"), "signature"],
    [Buffer.from("EHLO x\r\n"), "signature"],
    [header("1111000c"), "version"],
    [header("2211000c"), "command"],
    [header(`2141000c${"00".repeat(12)}`), "family"],
    [header(`2113000c${"00".repeat(12)}`), "family"],
    [header(`2111000b${"00".repeat(11)}`), "length"],
    [header("2111ffff"), "length"],
    [header(`2111000e${"00".repeat(12)}0400`), "tlv"],
    [header(`2111000f${"00".repeat(12)}040001`), "tlv"],
  ]
  for (const [bytes, why] of refused) assert.deepEqual(readProxyHeader(bytes), { kind: "bad", why })
})

test("never throws and never asks for more than its limit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, signed) => {
      const read = readProxyHeader(signed ? Buffer.concat([header(""), tail]) : tail)
      if (read.kind === "more") assert.ok(read.octets <= maxProxyHeader)
    }),
  )
})
