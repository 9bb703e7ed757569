import assert from "node:assert/strict"
import { test } from "node:test"
import * as oracle from "dns-packet"
import fc from "fast-check"
import { encodeQuery, readMessage, recordType } from "./message.ts"
import { encodeName, foldName, readName } from "./name.ts"

const header = (counts: readonly [number, number, number, number], flags = 0x8180) =>
  Buffer.from([0x12, 0x34, flags >> 8, flags & 255, ...counts.flatMap(count => [count >> 8, count & 255])])
const wire = (...parts: readonly (string | readonly number[] | Uint8Array)[]) =>
  Buffer.concat(
    parts.map(part => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  )

test("asks so that another reader understands: RD, AD, one question, EDNS payload", () => {
  const query = encodeQuery({ id: 0xbeef, name: "_dmarc.example.org", type: "TXT", udpPayload: 1232 })
  const read = oracle.decode(query ?? Buffer.alloc(0))
  assert.equal(read.id, 0xbeef)
  assert.equal(read.type, "query")
  assert.equal(read.flag_rd, true)
  assert.equal(read.flag_ad, true)
  assert.deepEqual(read.questions, [{ name: "_dmarc.example.org", type: "TXT", class: "IN" }])
  const [opt] = read.additionals ?? []
  assert.equal(opt?.type === "OPT" && opt.udpPayloadSize, 1232)
  const plain = oracle.decode(
    encodeQuery({ id: 1, name: "a", type: "A", udpPayload: undefined }) ?? Buffer.alloc(0),
  )
  assert.deepEqual(plain.additionals, [])
})

test("reads what another writer wrote, all types in all sections", () => {
  const bytes = oracle.encode({
    type: "response",
    id: 77,
    flags: oracle.RECURSION_AVAILABLE | oracle.AUTHENTIC_DATA | 3,
    questions: [{ type: "MX", name: "Example.org" }],
    answers: [
      { type: "CNAME", name: "Example.org", ttl: 60, data: "real.example.org" },
      {
        type: "MX",
        name: "real.example.org",
        ttl: 300,
        data: { preference: 10, exchange: "mx.example.org" },
      },
      { type: "A", name: "mx.example.org", ttl: 1, data: "192.0.2.1" },
      { type: "AAAA", name: "mx.example.org", ttl: 2, data: "2001:db8::1" },
      {
        type: "TXT",
        name: "t.example.org",
        ttl: 3,
        data: [Buffer.from("v=spf1 "), Buffer.from([0x2d, 0xe9])],
      },
      { type: "PTR", name: "1.2.0.192.in-addr.arpa", ttl: 4, data: "mx.example.org" },
      {
        type: "TLSA",
        name: "_25._tcp.mx.example.org",
        ttl: 6,
        data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from([7, 8, 9]) },
      },
      { type: "SRV", name: "s.example.org", ttl: 5, data: { port: 1, target: "x.example.org" } },
      {
        type: "CAA",
        name: "example.org",
        ttl: 8,
        data: { flags: 128, issuerCritical: true, tag: "issue", value: "ca.test; x=1" },
      },
      { type: "HINFO", name: "s.example.org", ttl: 5, data: { cpu: "x", os: "y" } },
    ],
    authorities: [
      {
        type: "SOA",
        name: "example.org",
        ttl: 900,
        data: { mname: "ns.example.org", rname: "host.example.org", minimum: 120 },
      },
    ],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: 1232,
        extendedRcode: 1,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  })
  assert.deepEqual(readMessage(bytes), {
    id: 77,
    truncated: false,
    authentic: true,
    rcode: 16 + 3,
    question: { name: "Example.org", type: recordType.MX },
    answers: [
      { name: "Example.org", ttl: 60, data: { type: "CNAME", target: "real.example.org" } },
      {
        name: "real.example.org",
        ttl: 300,
        data: { type: "MX", preference: 10, exchange: "mx.example.org" },
      },
      { name: "mx.example.org", ttl: 1, data: { type: "A", address: "192.0.2.1" } },
      { name: "mx.example.org", ttl: 2, data: { type: "AAAA", address: "2001:db8::1" } },
      { name: "t.example.org", ttl: 3, data: { type: "TXT", text: "v=spf1 -\u00e9" } },
      { name: "1.2.0.192.in-addr.arpa", ttl: 4, data: { type: "PTR", target: "mx.example.org" } },
      {
        name: "_25._tcp.mx.example.org",
        ttl: 6,
        data: { type: "TLSA", usage: 3, selector: 1, matching: 1, data: Buffer.from([7, 8, 9]) },
      },
      {
        name: "s.example.org",
        ttl: 5,
        data: { type: "SRV", priority: 0, weight: 0, port: 1, target: "x.example.org" },
      },
      {
        name: "example.org",
        ttl: 8,
        data: { type: "CAA", critical: true, tag: "issue", value: "ca.test; x=1" },
      },
    ],
    authorities: [{ name: "example.org", ttl: 900, data: { type: "SOA", minimum: 120 } }],
  })
})

test("reads compressed names", () => {
  const bytes = wire(
    header([1, 1, 0, 0]),
    "\x02mx\x04test\0",
    [0, 15, 0, 1],
    [0xc0, 15, 0, 15, 0, 1, 0, 0, 0, 9, 0, 4, 0, 5, 0xc0, 12],
  )
  assert.deepEqual(readMessage(bytes)?.answers, [
    { name: "test", ttl: 9, data: { type: "MX", preference: 5, exchange: "mx.test" } },
  ])
})

test("refuses what does not hold together", () => {
  const question = wire("\x01a\0", [0, 1, 0, 1])
  const record = (type: number, data: readonly number[], length = data.length) =>
    wire([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, length >> 8, length & 255], data)
  const one = (type: number, data: readonly number[], length?: number) =>
    wire(header([1, 1, 0, 0]), question, record(type, data, length))
  assert.notEqual(readMessage(one(1, [1, 2, 3, 4])), undefined)
  const broken: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    "half a header": header([0, 0, 0, 0]).subarray(0, 11),
    "a question, not a response": wire(header([1, 0, 0, 0], 0x0100), question),
    "another opcode": wire(header([1, 0, 0, 0], 0x8180 | 0x2800), question),
    "more records than there are": wire(header([1, 65535, 0, 0]), question),
    "a name that points at itself": wire(header([1, 0, 0, 0]), [0xc0, 12, 0, 1, 0, 1]),
    "a name that points forward": wire(header([1, 0, 0, 0]), [0xc0, 18, 0, 1, 0, 1], "\x01a\0"),
    "two pointers that point at each other": wire(header([1, 0, 0, 0]), [0xc0, 14, 0xc0, 12, 0, 1, 0, 1]),
    "a reserved label type": wire(header([1, 0, 0, 0]), [0x41, 0x61, 0, 0, 1, 0, 1]),
    "an address of three bytes": one(1, [1, 2, 3]),
    "an address of five bytes": one(1, [1, 2, 3, 4, 5]),
    "data beyond the end": one(1, [1, 2, 3, 4], 5),
    "a text beyond its record": one(16, [3, 97, 98]),
    "an exchange beyond its record": one(15, [0, 5, 0xc0, 12, 0]),
    "an exchange without a name": one(15, [0, 5]),
    "a TLSA of two octets": one(52, [3, 1]),
    "a service without a name": one(33, [0, 1, 0, 1, 0, 25]),
    "a service cut short in its name": one(33, [0, 1, 0, 1, 0, 25, 0xc0]),
    "an authority whose tag goes beyond its record": wire(
      header([1, 1, 0, 0]),
      question,
      [0xc0, 12, 1, 1, 0, 1, 0, 0, 0, 9, 0, 3, 0, 5, 105],
    ),
    "an authority without a tag": wire(
      header([1, 1, 0, 0]),
      question,
      [0xc0, 12, 1, 1, 0, 1, 0, 0, 0, 9, 0, 3, 0, 0, 105],
    ),
    "a start of authority cut short": one(6, [0xc0, 12, 0xc0, 12, 0, 0, 0, 1]),
  }
  for (const [what, bytes] of Object.entries(broken)) assert.equal(readMessage(bytes), undefined, what)
})

test("steps over records of types and classes that it does not know", () => {
  const question = wire("\x01a\0", [0, 1, 0, 1])
  const bytes = wire(
    header([1, 2, 0, 0]),
    question,
    [0xc0, 12, 1, 9, 0, 1, 0, 0, 0, 9, 0, 1, 7],
    [0xc0, 12, 0, 1, 0, 3, 0, 0, 0, 9, 0, 1, 7],
  )
  assert.deepEqual(readMessage(bytes)?.answers, [])
})

test("never throws and ends, whatever the bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), bytes => void readMessage(Buffer.from(bytes))))
  const good = Buffer.from(
    oracle.encode({
      type: "response",
      id: 1,
      questions: [{ type: "MX", name: "example.org" }],
      answers: [{ type: "MX", name: "example.org", data: { exchange: "mx.example.org" } }],
    }),
  )
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, cut) => {
      const bytes = Buffer.from(good.subarray(0, cut))
      if (at < bytes.length) bytes[at] = value
      readMessage(bytes)
    }),
  )
})

test("a name goes to the wire and back, also with dots and backslashes in its labels", () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 63 })
  fc.assert(
    fc.property(fc.array(label, { maxLength: 4 }), labels => {
      const bytes = wire(...labels.flatMap(one => [[one.length], one]), [0])
      const read = readName(bytes, 0)
      if (bytes.length > 255) assert.equal(read, undefined)
      else assert.deepEqual(Buffer.from(encodeName(read?.name ?? "…") ?? []), bytes)
    }),
  )
})

test("a label with a dot in it does not pass for two labels", () => {
  assert.equal(readName(wire("\x0bexample.org\0"), 0)?.name, "example\\.org")
})

test("does not ask for what is no name", () => {
  const long = "a".repeat(64)
  for (const name of ["a..b", ".a", `${long}.org`, "ü\u0100.org", "a\\", `${"a.".repeat(128)}`])
    assert.equal(encodeQuery({ id: 1, name, type: "A", udpPayload: undefined }), undefined, name)
  assert.deepEqual(encodeName("example.org."), encodeName("example.org"))
})

test("folds ASCII letters and nothing else", () => {
  assert.equal(foldName("ExAmPle.\u00c4"), "example.\u00c4")
})

test("writes v6 addresses in their one canonical form", () => {
  const text = (hex: string) => {
    const bytes = wire(
      header([1, 1, 0, 0]),
      "\x01a\0",
      [0, 28, 0, 1],
      [0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 9, 0, 16],
      Buffer.from(hex, "hex"),
    )
    const data = readMessage(bytes)?.answers[0]?.data
    return data?.type === "AAAA" ? data.address : undefined
  }
  // the examples of RFC 5952 §4
  assert.equal(text("20010db8000000000000000000000001"), "2001:db8::1")
  assert.equal(text("20010db8000000010001000100010001"), "2001:db8:0:1:1:1:1:1")
  assert.equal(text("20010000000000010000000000000001"), "2001:0:0:1::1")
  assert.equal(text("20010db8000000000001000000000001"), "2001:db8::1:0:0:1")
  assert.equal(text("00000000000000000000000000000000"), "::")
})
