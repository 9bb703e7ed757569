import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { DotStuffer, endOfList, failed, ok, TopCutter, uniqueId } from "./index.ts"

function stuff(pieces: readonly Buffer[]): string {
  const stuffer = new DotStuffer()
  const out = pieces.flatMap(piece => stuffer.push(piece))
  return Buffer.concat([...out, stuffer.end()]).toString("latin1")
}

/** What a client does: line by line, a dot off each that begins with one, until a dot alone. */
function unstuff(wire: string): string {
  const lines: string[] = []
  for (const line of wire.split("\r\n")) {
    if (line === ".") return `${lines.join("\r\n")}\r\n`
    lines.push(line.startsWith(".") ? line.slice(1) : line)
  }
  throw new Error("no end")
}

function top(pieces: readonly Buffer[], lines: number): string {
  const cutter = new TopCutter(lines)
  const out: Buffer[] = []
  for (const piece of pieces) if (!cutter.isDone) out.push(cutter.push(piece))
  return Buffer.concat(out).toString("latin1")
}

function everySplit(text: string, check: (pieces: readonly Buffer[], cut: number) => void): void {
  const bytes = Buffer.from(text, "latin1")
  for (let cut = 0; cut <= bytes.length; cut += 1) check([bytes.subarray(0, cut), bytes.subarray(cut)], cut)
  check(
    [...bytes].map(octet => Buffer.from([octet])),
    -1,
  )
}

test("doubles the dot at the beginning of a line and nowhere else, wherever the message is cut", () => {
  const examples = [
    ["a\r\nb\r\n", "a\r\nb\r\n.\r\n"],
    [".\r\n", "..\r\n.\r\n"],
    ["..\r\na.b\r\n.c\r\n", "...\r\na.b\r\n..c\r\n.\r\n"],
    ["no end", "no end\r\n.\r\n"],
    ["", ".\r\n"],
    ["a\r", "a\r\r\n.\r\n"],
    ["a\n", "a\n\r\n.\r\n"],
    ["a\n.\nb\r\n", "a\n..\nb\r\n.\r\n"],
    ["a\r.\r\n", "a\r.\r\n.\r\n"],
  ] as const
  for (const [message, wire] of examples) {
    everySplit(message, (pieces, cut) =>
      assert.equal(stuff(pieces), wire, `${JSON.stringify(message)} at ${cut}`),
    )
  }
})

test("a client gets back every message that ends its lines, however it was cut", () => {
  const line = fc.constantFrom("", ".", "..", "a", ".a", "a.", " .", "....")
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(60), { maxLength: 5 }),
      (all, cuts) => {
        const bytes = Buffer.from(`${all.join("\r\n")}\r\n`)
        const at = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const wire = stuff(at.slice(1).map((end, n) => bytes.subarray(at[n], end)))
        assert.equal(unstuff(wire), bytes.toString("latin1"))
      },
    ),
  )
})

test("shows the top of a message: the header, the blank line, and so many lines", () => {
  const message = "A: 1\r\n b\r\nC: 2\r\n\r\none\r\ntwo\r\n\r\nfour"
  const expected = [
    [0, "A: 1\r\n b\r\nC: 2\r\n\r\n"],
    [1, "A: 1\r\n b\r\nC: 2\r\n\r\none\r\n"],
    [3, "A: 1\r\n b\r\nC: 2\r\n\r\none\r\ntwo\r\n\r\n"],
    [4, message],
    [99, message],
  ] as const
  for (const [lines, shown] of expected) {
    everySplit(message, (pieces, cut) =>
      assert.equal(top(pieces, lines), shown, `${lines} lines, cut at ${cut}`),
    )
  }
})

test("finds the top of messages that are odd", () => {
  const examples = [
    ["", 5, ""],
    ["\r\nbody\r\nmore\r\n", 1, "\r\nbody\r\n"],
    ["A: 1\r\n", 1, "A: 1\r\n"],
    ["A: 1\n\nbody\nmore\n", 1, "A: 1\n\nbody\n"],
    ["A: 1", 0, "A: 1"],
  ] as const
  for (const [message, lines, shown] of examples) {
    everySplit(message, (pieces, cut) =>
      assert.equal(top(pieces, lines), shown, `${JSON.stringify(message)} at ${cut}`),
    )
  }
})

test("writes responses of one line, whatever the text", () => {
  assert.equal(ok("2 320"), "+OK 2 320\r\n")
  assert.equal(failed("No such message"), "-ERR No such message\r\n")
  assert.equal(failed("Another program reads", "IN-USE"), "-ERR [IN-USE] Another program reads\r\n")
  assert.equal(endOfList, ".\r\n")
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), text => {
      for (const line of [ok(text), failed(text, "SYS/TEMP")]) {
        assert.ok(line.length <= 512 && line.indexOf("\r\n") === line.length - 2)
      }
    }),
  )
})

test("names messages in the alphabet of UIDL, within its length", () => {
  for (const [validity, uid] of [
    [1, 1],
    [4_294_967_295, 4_294_967_295],
  ] as const) {
    assert.match(uniqueId(validity, uid), /^[\x21-\x7e]{1,70}$/)
  }
  assert.notEqual(uniqueId(1, 12), uniqueId(11, 2))
})
