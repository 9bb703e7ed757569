import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { emptyRoot, parseCheckpoint, writeCheckpoint } from "./index.ts"

const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

test("reads the example of C2SP's tlog-checkpoint, and writes it again", () => {
  const text = `example.com/behind-the-sofa\n20852163\n${root}\n`
  const checkpoint = parseCheckpoint(text)
  assert(checkpoint !== undefined)
  assert.equal(checkpoint.origin, "example.com/behind-the-sofa")
  assert.equal(checkpoint.size, 20_852_163)
  assert.equal(Buffer.from(checkpoint.root).toString("base64"), root)
  assert.equal(writeCheckpoint(checkpoint), text)
})

test("reads the tree of Go's sumdb/tlog", () => {
  const text = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"
  assert.equal(parseCheckpoint(text)?.size, 123_456_789_012)
})

test("extension lines are passed over", () => {
  assert.equal(parseCheckpoint(`log\n0\n${root}\nany thing\nmore\n`)?.size, 0)
})

for (const [what, text] of [
  ["nothing", ""],
  ["no origin", `\n1\n${root}\n`],
  ["no root", "log\n1\n"],
  ["no last newline", `log\n1\n${root}`],
  ["a leading zero", `log\n01\n${root}\n`],
  ["a sign", `log\n+1\n${root}\n`],
  ["another base", `log\n0x1\n${root}\n`],
  ["a size of 2^53", `log\n9007199254740992\n${root}\n`],
  ["a size of 20 digits", `log\n12345678901234567890\n${root}\n`],
  ["a short root", "log\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBQ==\n"],
  ["a long root", "log\n1\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n"],
  ["an empty extension", `log\n1\n${root}\n\nmore\n`],
  ["a carriage return", `log\r\n1\r\n${root}\r\n`],
] as const)
  test(`a text with ${what} is no checkpoint`, () => {
    assert.equal(parseCheckpoint(text), undefined)
  })

test("an origin cannot bring lines of its own", () => {
  assert.throws(() => writeCheckpoint({ origin: "a\n7", size: 1, root: emptyRoot() }), RangeError)
  assert.throws(() => writeCheckpoint({ origin: "", size: 1, root: emptyRoot() }), RangeError)
  assert.throws(() => writeCheckpoint({ origin: "a", size: -1, root: emptyRoot() }), RangeError)
})

test("what is written is read again", () => {
  const anyOrigin = fc.string({ minLength: 1 }).filter(origin => !origin.includes("\n"))
  const anyRoot = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(anyOrigin, fc.maxSafeNat(), anyRoot, (origin, size, hash) => {
      const read = parseCheckpoint(writeCheckpoint({ origin, size, root: hash }))
      assert(read !== undefined)
      assert.equal(read.origin, origin)
      assert.equal(read.size, size)
      assert.deepEqual(Buffer.from(read.root), Buffer.from(hash))
    }),
  )
})
