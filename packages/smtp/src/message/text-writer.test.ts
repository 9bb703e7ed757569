import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createTextScan } from "./text-scan.ts"
import { createTextWriter } from "./text-writer.ts"

/** All that goes out, or undefined where the text was found unfit. */
function write(to: "DATA" | "BDAT", pieces: readonly Uint8Array[]): string | undefined {
  const writer = createTextWriter(to)
  let wire = ""
  for (const [at, piece] of pieces.entries()) {
    const bytes = writer.write(piece, at === pieces.length - 1)
    if (bytes === undefined) return undefined
    wire += bytes.toString("latin1")
  }
  return wire
}

const valid: readonly (readonly [text: string, data: string, bdat: string])[] = [
  ["", ".\r\n", ""],
  ["a", "a\r\n.\r\n", "a\r\n"],
  ["a\r\n", "a\r\n.\r\n", "a\r\n"],
  ["a\r\n\r\n", "a\r\n\r\n.\r\n", "a\r\n\r\n"],
  [".", "..\r\n.\r\n", ".\r\n"],
  [".\r\n", "..\r\n.\r\n", ".\r\n"],
  ["..\r\n", "...\r\n.\r\n", "..\r\n"],
  ["a.\r\n.b\r\n.\r\n", "a.\r\n..b\r\n..\r\n.\r\n", "a.\r\n.b\r\n.\r\n"],
  ["\r\n.\r\n", "\r\n..\r\n.\r\n", "\r\n.\r\n"],
  ["\xff\0.\r\n", "\xff\0.\r\n.\r\n", "\xff\0.\r\n"],
]

const invalid = [
  "\r",
  "\n",
  "a\r",
  "a\n",
  "a\nb\r\n",
  "a\rb\r\n",
  "a\r\r\n",
  "a\r\n\n",
  "\n.\n",
  "\r.\r",
  "a\n\r",
  "a\r\n\r",
]

test("writes each text of the list for DATA and for BDAT, wherever it is cut", () => {
  for (const [text, data, bdat] of valid) {
    const bytes = Buffer.from(text, "latin1")
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
      assert.equal(write("DATA", pieces), data, `${JSON.stringify(text)} at ${cut}`)
      assert.equal(write("BDAT", pieces), bdat, `${JSON.stringify(text)} at ${cut}`)
    }
    assert.equal(write("DATA", [...Array.from(bytes, octet => Uint8Array.of(octet)), Buffer.alloc(0)]), data)
  }
})

test("refuses a CR or LF outside a CRLF, wherever it is cut, and writes nothing afterwards", () => {
  for (const text of invalid) {
    const bytes = Buffer.from(text, "latin1")
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      for (const to of ["DATA", "BDAT"] as const)
        assert.equal(
          write(to, [bytes.subarray(0, cut), bytes.subarray(cut)]),
          undefined,
          JSON.stringify(text),
        )
    }
  }
  const writer = createTextWriter("DATA")
  assert.equal(writer.write(Buffer.from("a\nb"), false), undefined)
  assert.equal(writer.write(Buffer.from("c\r\n"), true), undefined)
})

test("hands on a view where no dot has to go in", () => {
  const bytes = Buffer.from("a\r\nb.\r\n")
  assert.equal(createTextWriter("DATA").write(bytes, false)?.buffer, bytes.buffer)
})

test("writes what the receiving side reads back, and no end before the end", () => {
  const word = fc.constantFrom("\r\n", ".", "..", "a", "\xff", "", "\r\n.\r\n", "\r", "\n")
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.array(fc.nat(90), { maxLength: 6 }), (words, cuts) => {
      const text = words.join("")
      const bytes = Buffer.from(text, "latin1")
      const edges = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const wire = write(
        "DATA",
        edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge)),
      )
      assert.equal(wire === undefined, /\r(?!\n)|(?<!\r)\n/.test(text))
      if (wire === undefined) return
      const read = createTextScan(true, 1_000).read(Buffer.from(wire, "latin1"))
      assert.deepEqual([read.state, read.consumed], ["ended", wire.length])
      const sent = text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`
      assert.equal(Buffer.from(read.kept).toString("latin1"), sent)
    }),
    { numRuns: 1_000 },
  )
})
