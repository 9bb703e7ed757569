import assert from "node:assert/strict"
import { test } from "node:test"
import { crc32, deflateRawSync, gzipSync } from "node:zlib"
import fc from "fast-check"
import { makeZip } from "./test-reports.ts"
import { unpack } from "./unpack.ts"

const xml = Buffer.from("<?xml version='1.0'?><feedback/>")

test("unpacks gzip, both forms that a zip archive keeps a file in, and what is not packed", () => {
  const forms = {
    plain: xml,
    "behind a byte order mark": Buffer.concat([Buffer.from("\ufeff\r\n "), xml]),
    gzip: gzipSync(xml),
    "zip, deflated": makeZip([{ name: "a!b!1!2.xml", bytes: xml }]),
    "zip, stored": makeZip([{ name: "A.XML", bytes: xml, stored: true }]),
    "zip with a file before it": makeZip([
      { name: "readme.txt", bytes: Buffer.from("hello") },
      { name: "r.xml", bytes: xml },
    ]),
    "zip with a comment": makeZip([{ name: "r.xml", bytes: xml }], "made by a program"),
  }
  for (const [name, form] of Object.entries(forms)) {
    const unpacked = unpack(form)
    assert.equal(unpacked.kind, "unpacked", name)
    assert.ok(unpacked.kind === "unpacked" && unpacked.bytes.includes("<feedback/>"), name)
  }
})

test("turns down what is no report, or is damaged", () => {
  const zip = makeZip([{ name: "r.xml", bytes: xml }])
  const encrypted = Buffer.from(zip)
  const entry = encrypted.indexOf("PK\u0001\u0002")
  encrypted.writeUInt16LE(1, entry + 8)
  const otherCrc = Buffer.from(zip)
  otherCrc.writeUInt32LE(crc32("other"), entry + 16)
  const farAway = Buffer.from(zip)
  farAway.writeUInt32LE(0xfffffff0, farAway.length - 22 + 16)
  const oddMethod = Buffer.from(zip)
  oddMethod.writeUInt16LE(12, entry + 10)
  const refused: Readonly<Record<string, readonly [Buffer, string]>> = {
    "a picture": [Buffer.from("\u0089PNG\r\n\u001a\n", "latin1"), "no-report"],
    nothing: [Buffer.alloc(0), "no-report"],
    "a letter": [Buffer.from("Dear postmaster"), "no-report"],
    "an archive of a letter": [makeZip([{ name: "a.txt", bytes: xml }]), "no-report"],
    "an empty archive": [makeZip([]), "no-report"],
    "gzip cut short": [gzipSync(xml).subarray(0, 20), "damaged"],
    "an archive without its end": [zip.subarray(0, -5), "damaged"],
    encrypted: [encrypted, "damaged"],
    "another checksum": [otherCrc, "damaged"],
    "a directory outside": [farAway, "damaged"],
    "a method of our neighbours": [oddMethod, "damaged"],
  }
  for (const [name, [bytes, kind]] of Object.entries(refused)) assert.equal(unpack(bytes).kind, kind, name)
})

test("unpacks no more of a bomb than the limit, whatever it claims to be", () => {
  const bomb = Buffer.alloc(8 * 1024 * 1024, 0x20)
  const limit = 64 * 1024
  assert.equal(unpack(gzipSync(bomb), limit).kind, "too-large")
  assert.equal(unpack(makeZip([{ name: "r.xml", bytes: bomb }]), limit).kind, "too-large")
  assert.equal(unpack(makeZip([{ name: "r.xml", bytes: bomb, claims: 10 }]), limit).kind, "too-large")
  assert.equal(unpack(Buffer.alloc(limit + 1, "<"), limit).kind, "too-large")
  // a megabyte of packed zeros is a gigabyte: told in a moment, and in little memory
  const packed = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
  const before = process.memoryUsage().arrayBuffers
  assert.equal(unpack(gzipSync(packed), limit).kind, "unpacked") // a bomb in a bag stays packed
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024)
})

test("says something of any bytes, and throws at none", () => {
  const zip = makeZip([{ name: "r.xml", bytes: xml }])
  fc.assert(
    fc.property(fc.nat(zip.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const changed = Buffer.from(zip)
      changed[at] = value
      assert.ok(unpack(changed, 1000).kind.length > 0)
      assert.ok(unpack(zip.subarray(0, at), 1000).kind.length > 0)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const head of ["PK\u0003\u0004", "\u001f\u008b", ""])
        assert.ok(unpack(Buffer.concat([Buffer.from(head, "latin1"), bytes]), 1000).kind.length > 0)
    }),
  )
})
