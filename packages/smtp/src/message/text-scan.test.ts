import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { stuffDots } from "./dot-stuffing.ts"
import { createSkipScan } from "./skip-scan.ts"
import { createTextScan, type TextScan } from "./text-scan.ts"

interface Whole {
  readonly kept: string
  readonly state: string
  /** Octets up to the true end, or all. */
  readonly consumed: number
}

/** What `receiver.ts` does with the two scans, in short. */
function readPieces(pieces: readonly Buffer[], maxLine = 1_000): Whole {
  let scan: TextScan = createTextScan(true, maxLine)
  let kept = ""
  let state = "goes-on"
  let consumed = 0
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const read = scan.read(piece.subarray(at))
      at += read.consumed
      consumed += read.consumed
      kept += Buffer.from(read.kept).toString("latin1")
      if (read.state === "ended") return { kept: state === "goes-on" ? kept : "", state, consumed }
      if (read.state === "goes-on") continue
      state = read.state
      scan = createSkipScan()
    }
  }
  return { kept: state === "goes-on" ? kept : "", state: state === "goes-on" ? "open" : state, consumed }
}

/** The rules again, slowly: line by line over the whole text. */
function specification(text: string): Whole {
  let kept = ""
  let line = ""
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at]
    if (mark === "\n" || (mark === "\r" && at + 1 < text.length && text[at + 1] !== "\n")) {
      const end = text.indexOf("\r\n.\r\n", at + 1)
      return { kept: "", state: "bare-newline", consumed: end < 0 ? text.length : end + 5 }
    }
    if (mark !== "\r") {
      line += mark
      continue
    }
    if (at + 1 === text.length) break
    if (line === ".") return { kept, state: "goes-on", consumed: at + 2 }
    kept += `${line.startsWith(".") ? line.slice(1) : line}\r\n`
    line = ""
    at += 1
  }
  return { kept, state: "open", consumed: text.length }
}

function withoutOpenLine(whole: Whole): Whole {
  return whole.state === "open"
    ? { ...whole, kept: whole.kept.slice(0, whole.kept.lastIndexOf("\n") + 1) }
    : whole
}

const letters = ["\r", "\n", ".", "a"]

function* texts(length: number): Generator<string> {
  for (let number = 0; number < letters.length ** length; number += 1) {
    let text = ""
    for (let rest = number, at = 0; at < length; at += 1, rest = Math.floor(rest / 4))
      text += letters[rest % 4]
    yield text
  }
}

test("agrees with the slow specification on all texts of up to eight octets of CR, LF, dot and a letter", () => {
  for (let length = 0; length <= 8; length += 1) {
    for (const text of texts(length)) {
      assert.deepEqual(
        withoutOpenLine(readPieces([Buffer.from(text)])),
        specification(text),
        JSON.stringify(text),
      )
    }
  }
})

test("reads the same however all texts of six octets are cut", () => {
  for (const text of texts(6)) {
    const bytes = Buffer.from(text)
    const whole = readPieces([bytes])
    for (let cut = 0; cut <= 6; cut += 1) {
      assert.deepEqual(readPieces([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, JSON.stringify(text))
    }
    assert.deepEqual(readPieces(Array.from(bytes, octet => Buffer.of(octet))), whole, JSON.stringify(text))
  }
})

const words = fc.constantFrom(
  "\r\n",
  "\r\n.",
  "\r\n..",
  ".",
  "a",
  "bcd",
  "\r",
  "\n",
  "\r\n.\r\n",
  "\0",
  "\xff",
)

test("agrees with the slow specification on longer texts in many pieces", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), fc.array(fc.nat(120), { maxLength: 8 }), (list, cuts) => {
      const text = list.join("")
      const bytes = Buffer.from(text, "latin1")
      const edges = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const pieces = edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge))
      assert.deepEqual(withoutOpenLine(readPieces(pieces)), specification(text))
    }),
    { numRuns: 2_000 },
  )
})

test("undoes dot-stuffing", () => {
  const line = fc.constantFrom("", ".", "..", ".a", "a.", "text", "\xff\x00", "...")
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), list => {
      const text = list.map(each => `${each}\r\n`).join("")
      const wire = stuffDots(Buffer.from(text, "latin1"))
      assert.deepEqual(readPieces([wire]), { kept: text, state: "goes-on", consumed: wire.length })
    }),
  )
})

test("adds a line end to a text that lacks its last before it ends it", () => {
  assert.equal(stuffDots(Buffer.from(".a")).toString(), "..a\r\n.\r\n")
  assert.equal(stuffDots(Buffer.alloc(0)).toString(), ".\r\n")
})

test("hands out a view of the bytes where no dot has to go, and one buffer where dots do", () => {
  const bytes = Buffer.from("a\r\nb\r\n")
  const view = createTextScan(true, 1_000).read(bytes).kept
  assert.equal(view.buffer, bytes.buffer)
  const dots = createTextScan(true, 1_000).read(Buffer.from("..\r\n".repeat(1_000)))
  assert.equal(dots.kept.length, 3_000)
})

test("measures lines over all their pieces and without CRLF", () => {
  const long = (length: number): string =>
    readPieces([Buffer.from(`${"x".repeat(length)}\r\n.\r\n`)], 10).state
  assert.equal(long(10), "goes-on")
  assert.equal(long(11), "line-too-long")
  const bytes = Buffer.from("0123456789\r\n..23456789a\r\n.\r\nrest")
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(readPieces([bytes.subarray(0, cut), bytes.subarray(cut)], 10), {
      kept: "0123456789\r\n.23456789a\r\n",
      state: "goes-on",
      consumed: bytes.length - 4,
    })
  }
})

test("takes dots and line ends in BDAT as they are", () => {
  const scan = createTextScan(false, 1_000)
  const read = scan.read(Buffer.from(".\r\n..\r\n.\r\nx"))
  assert.deepEqual([read.state, Buffer.from(read.kept).toString()], ["goes-on", ".\r\n..\r\n.\r\nx"])
})
