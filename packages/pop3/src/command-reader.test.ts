import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import lines from "../fixtures/lines.json" with { type: "json" }
import { CommandReader, type Heard } from "./index.ts"
import { readCommand } from "./read-command.ts"

/** What a reader hears of these pieces. */
function hear(pieces: readonly Buffer[], lineOctets = 8_450): readonly Heard[] {
  const reader = new CommandReader({ lineOctets })
  const all: Heard[] = []
  for (const piece of pieces) {
    reader.push(piece)
    for (let heard = reader.next(); heard !== undefined; heard = reader.next()) {
      all.push(heard)
      if (heard.kind === "lost") return all
    }
  }
  return all
}

test("reads every valid line, and no invalid one", () => {
  for (const [line, expected] of lines.valid) {
    const read = readCommand(Buffer.from(String(line), "utf8"))
    assert(read.kind === "command", `${line}: ${JSON.stringify(read)}`)
    assert.deepEqual(JSON.parse(JSON.stringify(read.command)), expected, String(line))
  }
  for (const line of lines.invalid) {
    assert.equal(readCommand(Buffer.from(line, "utf8")).kind, "bad", JSON.stringify(line))
  }
  assert.equal(readCommand(Buffer.from([0x55, 0x53, 0x45, 0x52, 0x20, 0xff])).kind, "bad")
})

test("hears the same wherever the octets are cut", () => {
  const text = "USER ann\r\nPASS a b\r\nbad\nline\r\n\r\nLIST 1\r\n\r\r\nTOP 1 2\r\nQUIT\r\nhalf\r"
  const bytes = Buffer.from(text, "latin1")
  const whole = hear([bytes])
  assert.equal(whole.length, 8)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(hear([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `cut at ${cut}`)
  }
  assert.deepEqual(hear([...bytes].map(octet => Buffer.from([octet]))), whole)
})

test("takes a bare LF for no end of a line", () => {
  assert.deepEqual(
    hear([Buffer.from("USER a\nPASS b\r\n")]).map(heard => heard.kind),
    ["bad"],
  )
})

test("is lost in a line that has no end, and holds nothing of it", () => {
  const reader = new CommandReader({ lineOctets: 64 })
  reader.push(Buffer.alloc(63, 0x61))
  assert.equal(reader.next(), undefined)
  reader.push(Buffer.from("\r\n"))
  assert.equal(reader.next()?.kind, "lost")
  reader.push(Buffer.from("QUIT\r\n"))
  assert.equal(reader.next()?.kind, "lost")
  assert.equal(reader.waiting, 0)
  assert.deepEqual(hear([Buffer.concat([Buffer.alloc(62, 0x61), Buffer.from("\r\n")])], 64), [
    { kind: "bad", text: "There is no such command here" },
  ])
})

test("gives the line that was expected as it is, and the one after it as a command", () => {
  const reader = new CommandReader()
  reader.expectLine()
  reader.push(Buffer.from("QUIT\r\nQUIT\r\n"))
  assert.deepEqual(reader.next(), { kind: "line", line: Buffer.from("QUIT") })
  assert.deepEqual(reader.next(), { kind: "command", command: { name: "QUIT" } })
})

test("forgets what was said before TLS", () => {
  const reader = new CommandReader()
  reader.push(Buffer.from("STLS\r\nUSER eve\r\nPA"))
  assert.deepEqual(reader.next(), { kind: "command", command: { name: "STLS" } })
  reader.reset()
  reader.push(Buffer.from("NOOP\r\n"))
  assert.deepEqual(reader.next(), { kind: "command", command: { name: "NOOP" } })
})

test("throws at no octets, and hears the same of them however they are cut", () => {
  const word = fc.constantFrom(
    "USER a",
    "PASS b",
    "LIST",
    "TOP 1 2",
    "\r\n",
    "\r",
    "\n",
    " ",
    "é",
    "\0",
    "QUIT\r\n",
  )
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(octets => Buffer.from(octets)),
    fc.array(word, { maxLength: 30 }).map(words => Buffer.from(words.join(""), "utf8")),
  )
  fc.assert(
    fc.property(noise, fc.array(fc.nat(200), { maxLength: 6 }), (bytes, cuts) => {
      const at = [0, ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const pieces = at.slice(1).map((end, n) => bytes.subarray(at[n], end))
      assert.deepEqual(hear(pieces, 100), hear([bytes], 100))
    }),
    { numRuns: 1_000 },
  )
})
