import assert from "node:assert/strict"
import { test } from "node:test"
import { drain, hear } from "../../fixtures/hear.ts"
import { CommandReader } from "./command-reader.ts"
import type { Heard } from "./heard.ts"
import { defaultReaderLimits, maxSearchDepth, maxSearchKeys, signedInReaderLimits } from "./limits.ts"

const noop = (tag: string) => ({ kind: "command", tag, command: { name: "NOOP" } })
const kinds = (heard: readonly unknown[]): string[] =>
  heard.map(one => {
    const { kind, tag, code } = one as { kind: string; tag?: string; code?: string }
    return [kind, ...(tag === undefined ? [] : [tag]), ...(code === undefined ? [] : [code])].join(" ")
  })
const strange = { ...defaultReaderLimits }
const known = { ...signedInReaderLimits }

test("gives pipelined commands one after another", () => {
  assert.deepEqual(hear(["a NOOP\r\nb NOOP\r\nc NO", "OP\r\n"]), [noop("a"), noop("b"), noop("c")])
})

test("tells of each literal, with what it is for, and stands still until it is answered", () => {
  const reader = new CommandReader(known)
  reader.push(Buffer.from("a APPEND {1}\r\nx {2+}\r\nhi\r\nb NOOP\r\n"))
  const literal = { kind: "literal", tag: "a", verb: "APPEND" }
  assert.deepEqual(reader.next(), { ...literal, octets: 1, waits: true, message: false })
  assert.equal(reader.next(), undefined)
  reader.takeLiteral()
  assert.deepEqual(reader.next(), { ...literal, octets: 2, waits: false, message: true })
  assert.equal(reader.next(), undefined)
  reader.takeLiteral()
  assert.equal(reader.next()?.kind, "command")
  assert.deepEqual(reader.next(), noop("b"))
})

test("what waits costs about its size in memory, however small the pieces are", () => {
  const reader = new CommandReader(known)
  const octets = 131_072
  const held = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
  const before = held()
  for (let at = 0; at < octets; at += 1) reader.push(Buffer.allocUnsafeSlow(1).fill("x"))
  assert.equal(reader.waiting, octets)
  assert.ok(held() - before < 100 * octets, `${held() - before}`)
})

test("says nothing back that could end a line, whatever stands in a literal", () => {
  const evil = "{14+}\r\nx\r\n* BYE Hello\u00e4"
  for (const line of [
    `a ID (${evil})`,
    `a ID (${evil}"v")`,
    `a ID ("x" ${evil} "y")`,
    `a LOGIN ${evil}`,
    `a SETQUOTA ${evil}x`,
  ]) {
    for (const heard of hear([`${line}\r\n`], known)) {
      const { text = "" } = heard as { text?: string }
      assert.match(text, /^[\x20-\x7e]*$/, line)
    }
  }
})

test("forgets a command whose waiting literal was refused: the next line is a command", () => {
  const heard = hear(["a APPEND x {5}\r\nb NOOP\r\n"], known, () => "refuse")
  assert.deepEqual(kinds(heard), ["literal a", "command b"])
})

test("drops a refused literal that does not wait, the rest of its line, and the literals announced there", () => {
  const wire = "a APPEND x {9+}\r\nb NOOP\r\n\r (x) {6+}\r\nc NO\r\n rest {7}\r\nd NOOP\r\n"
  const heard = hear([wire], known, () => "refuse")
  assert.deepEqual(kinds(heard), ["literal a", "command d"])
})

test("refuses a wrong command before its waiting literal is sent", () => {
  assert.deepEqual(kinds(hear(["a SEARCH SINCE x {5}\r\nb NOOP\r\n"])), ["bad a", "command b"])
})

test("drops what was sent with a wrong command: nothing of it is heard as a command", () => {
  for (const wire of [
    "a SEARCH SINCE x {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
    "a FROB {8+}\r\nb NOOP\r\n {8+}\r\nd NOOP\r\n\r\nc NOOP\r\n",
    "a LOGIN x\0y {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
    "a LOGIN x\ry {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
    "a LOGIN x\ny {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
    "a LOGIN x\nb NOOP\nb NOOP\r\nc NOOP\r\n",
    "a LOGIN {1+}\r\nx y\nb {8+}\r\nb NOOP\r\n\r\nc NOOP\r\n",
  ]) {
    assert.deepEqual(
      kinds(hear([wire])).filter(one => !one.startsWith("literal")),
      ["bad a", "command c"],
      wire,
    )
  }
})

test("ends a line at CRLF alone: a bare LF, a bare CR and a NUL make the command a bad one", () => {
  const cases = [
    ["a NOOP\n", "bare LF"],
    ["a NOOP\nb NOOP\r\n", "bare LF"],
    ["a NO\rOP\r\n", "bare CR"],
    ["a NOOP\r\r\n", "bare CR"],
    ["a NOOP\0\r\n", "NUL"],
    ['a SELECT "x\ry"\r\n', "bare CR"],
  ] as const
  for (const [wire, word] of cases) {
    const heard = hear([wire]) as readonly { kind: string; tag?: string; text: string }[]
    assert.equal(heard.length, 1, wire)
    assert.equal(heard[0]?.kind, "bad", wire)
    assert.equal(heard[0]?.tag, "a", wire)
    assert.ok(heard[0]?.text.includes(word), wire)
  }
})

test("takes CR, LF and what looks like an end in the octets of a literal as they are", () => {
  const message = "a\r\n.\r\n\r\nb LOGOUT\r\n\n\r{3}\r\n"
  const heard = hear([`a APPEND x {${message.length}}\r\n${message}\r\n`]) as readonly unknown[]
  assert.deepEqual(heard.at(-1), {
    kind: "command",
    tag: "a",
    command: {
      name: "APPEND",
      mailbox: "x",
      messages: [{ flags: [], pieces: message, octets: message.length, form: "literal" }],
    },
  })
})

test("gives a line of data when it is expected, and commands after it", () => {
  const reader = new CommandReader(known)
  reader.push(Buffer.from("a IDLE\r\nDONE\r\nb NOOP\r\n"))
  assert.equal(reader.next()?.kind, "command")
  reader.expectLine(100)
  assert.deepEqual(reader.next(), { kind: "line", line: Buffer.from("DONE") })
  assert.deepEqual(reader.next(), noop("b"))
})

test("gives a line of data with its bare LF, and nothing behind it as a command", () => {
  const reader = new CommandReader(known)
  reader.expectLine(100)
  reader.push(Buffer.from("DONE\nb NOOP\r\nc NOOP\r\n"))
  assert.deepEqual(reader.next(), { kind: "line", line: Buffer.from("DONE\n") })
  assert.deepEqual(reader.next(), noop("c"))
})

test("is lost when a line of data is too long", () => {
  const reader = new CommandReader(known)
  reader.expectLine(10)
  reader.push(Buffer.from("12345678\r\n"))
  assert.equal(reader.next()?.kind, "line")
  reader.expectLine(10)
  reader.push(Buffer.from("123456789\r\n"))
  assert.equal(reader.next()?.kind, "lost")
})

test("refuses a line at the octet by which it outgrows its limit, keeps nothing of it, and hears what follows", () => {
  const line = `a LOGIN x ${"y".repeat(strange.line)}`.slice(0, strange.line - 2)
  assert.deepEqual(kinds(hear([`${line}\r\n`], strange)), ["command a"])
  const reader = new CommandReader(strange)
  reader.push(Buffer.from(`${line}yyy`))
  assert.deepEqual(kinds([reader.next()]), ["bad a LIMIT"])
  assert.equal(reader.next(), undefined)
  for (let octets = 0; octets < 30_000; octets += 1_000) {
    reader.push(Buffer.alloc(1_000, "z"))
    assert.equal(reader.next(), undefined)
    assert.ok(reader.waiting + reader.held < 100)
  }
  reader.push(Buffer.from("\r\nb NOOP\r\n"))
  assert.deepEqual(reader.next(), noop("b"))
})

test("drops the literals of a line that was too long, wherever it is cut: nothing of it is heard as a command", () => {
  const cases = [
    [` {8+}\r\nb NOOP\r\n rest`, ["bad a LIMIT", "command c"]],
    [` {8+}\r\nb NOOP\r\n ${"z".repeat(3_000)} ~{008+}\r\nb NOOP\r\n`, ["bad a LIMIT", "command c"]],
    [" {8}", ["bad a LIMIT", "command c"]],
    ["\nb NOOP\n", ["bad a LIMIT", "command c"]],
    [" {8+} ", ["bad a LIMIT", "command c"]],
    // a size that nobody writes: whether a literal follows cannot be told
    [` {${"0".repeat(2_000)}8+}`, ["bad a LIMIT", "lost"]],
  ] as const
  const limits = { ...strange, line: 1_000 }
  const early = 1_000 - "a ID x".length
  for (const [end, expected] of cases)
    for (const fill of [early - 9, early - 5, early - 4, early, 2_000]) {
      const wire = Buffer.from(`a ID x${"y".repeat(fill)}${end}\r\nc NOOP\r\n`)
      if (wire.indexOf("\n") < 1_000) continue
      assert.deepEqual(kinds(hear([wire], limits)), expected, `${fill} ${end.slice(0, 20)}`)
      for (let cut = 990; cut < 1_030 && cut < wire.length; cut++)
        assert.deepEqual(kinds(hear([wire.subarray(0, cut), wire.subarray(cut)], limits)), expected)
      assert.deepEqual(
        kinds(
          hear(
            [...wire].map(octet => Buffer.of(octet)),
            limits,
          ),
        ),
        expected,
      )
    }
})

test("is lost when a line never ends", () => {
  const reader = new CommandReader(strange)
  const heard: string[] = []
  for (let octets = 0; octets < 200_000; octets += 1_000) {
    reader.push(Buffer.alloc(1_000, "x"))
    const next = reader.next()
    if (next !== undefined) heard.push(next.kind)
  }
  assert.deepEqual(heard, ["bad", "lost"])
  assert.deepEqual([reader.waiting, reader.held], [0, 0])
})

test("refuses literals beyond the limits: long ones, late ones, many of them", () => {
  const cases: readonly (readonly [string, typeof strange, string])[] = [
    ["a LOGIN {4097}\r\n", strange, "bad a LIMIT"],
    ["a LOGIN {4097+}\r\n", strange, "bad a LIMIT"],
    ["a LOGIN {99999999999999999999999}\r\n", strange, "bad a LIMIT"],
    ["a APPEND x {5}\r\n", strange, "bad a"],
    ["a APPEND x {5+}\r\n", strange, "bad a"],
    ["a APPEND x {52428801}\r\n", known, "refused a TOOBIG"],
    ["a APPEND x {52428801+}\r\n", known, "refused a TOOBIG"],
    ["a APPEND x {5000+}\r\n", { ...known, waitlessLiteral: 4096 }, "bad a LIMIT"],
    ["a SELECT {65537}\r\n", known, "bad a LIMIT"],
    ["a APPEND x {1}\r\ny {2}\r\n", { ...known, messages: 2 }, "refused a TOOBIG"],
    ["a APPEND x {1}\r\ny {1}\r\n", { ...known, literals: 1 }, "bad a LIMIT"],
    [`a ID (${'"x" {1}\r\ny '.repeat(20)})\r\n`, { ...known, literals: 8 }, "bad a LIMIT"],
    [`a SEARCH ${"TEXT {1}\r\nx ".repeat(65)}\r\n`, known, "bad a LIMIT"],
    [
      `a SEARCH ${"TEXT {1000}\r\nx".repeat(1)}${"x".repeat(999)} TEXT {1000}\r\n`,
      { ...known, command: 1500 },
      "bad a LIMIT",
    ],
  ]
  for (const [wire, limits, last] of cases) {
    const heard = kinds(hear([wire], limits)).filter(one => !one.startsWith("literal"))
    assert.equal(heard[0], last, wire.slice(0, 60))
  }
})

test("is lost when more is to be dropped than it may", () => {
  const wire = `a LOGIN {${strange.swallowed + 1}+}\r\n${"x".repeat(strange.swallowed + 1)}`
  assert.deepEqual(kinds(hear([wire], strange)), ["bad a LIMIT", "lost"])
  const chain = `a FROB {0+}\r\n${`${"y".repeat(1_000)} {0+}\r\n`.repeat(100)}`
  assert.deepEqual(kinds(hear([chain], strange)), ["bad a", "lost"])
})

test("bounds how deep search keys lie in one another, and how many there are", () => {
  const deep = (depth: number): string => `a SEARCH ${"NOT ".repeat(depth - 1)}SEEN\r\n`
  assert.deepEqual(kinds(hear([deep(maxSearchDepth)])), ["command a"])
  assert.deepEqual(kinds(hear([deep(maxSearchDepth + 1)])), ["bad a LIMIT"])
  assert.deepEqual(kinds(hear([`a SEARCH ${"(".repeat(30_000)}\r\n`])), ["bad a LIMIT"])
  assert.deepEqual(kinds(hear([`a SEARCH${" SEEN".repeat(maxSearchKeys)}\r\n`])), ["command a"])
  assert.deepEqual(kinds(hear([`a SEARCH${" SEEN".repeat(maxSearchKeys + 1)}\r\n`])), ["bad a LIMIT"])
})

test("keeps a message in the pieces that it came in, without a copy, and gathers small ones", () => {
  const large = Buffer.alloc(100_000, "x")
  const reader = new CommandReader(known)
  const heard: Heard[] = []
  for (const piece of [
    Buffer.from("a APPEND x {100010}\r\n"),
    large,
    ...Array.from({ length: 10 }, () => Buffer.of(0x79)),
    Buffer.from("\r\n"),
  ]) {
    reader.push(piece)
    drain(
      reader,
      () => "take",
      one => heard.push(one),
    )
  }
  const last = heard.at(-1)
  assert.ok(last?.kind === "command" && last.command.name === "APPEND")
  const pieces = last.command.messages[0]?.pieces ?? []
  assert.equal(pieces.length, 2)
  assert.equal(pieces[0]?.buffer, large.buffer)
  assert.equal(Buffer.concat(pieces).toString("latin1"), `${"x".repeat(100_000)}${"y".repeat(10)}`)
})

test("holds no more than the octets of the unfinished command", () => {
  const reader = new CommandReader(known)
  reader.push(Buffer.from("a LOGIN {4}\r\n"))
  assert.equal(reader.next()?.kind, "literal")
  reader.takeLiteral()
  reader.push(Buffer.from("bob"))
  assert.equal(reader.next(), undefined)
  assert.equal(reader.held, "a LOGIN {4}".length + 3)
  reader.push(Buffer.from("y x\r\n"))
  assert.equal(reader.next()?.kind, "command")
  assert.deepEqual([reader.waiting, reader.held], [0, 0])
})

test("reset drops all that was said before", () => {
  const reader = new CommandReader()
  reader.push(Buffer.from("a STARTTLS\r\nb LOGIN x y\r\nc NO"))
  assert.equal(reader.next()?.kind, "command")
  reader.reset()
  assert.deepEqual([reader.waiting, reader.held, reader.next()], [0, 0, undefined])
  reader.push(Buffer.from("d NOOP\r\n"))
  assert.deepEqual(reader.next(), noop("d"))
})

test("reset drops half a line, half a literal and an expected line", () => {
  for (const wire of ["a NO", "a LOGIN {5+}\r\nbo", "a LOGIN {5}\r\n", "a FROB {5+}\r\nbo"]) {
    const reader = new CommandReader()
    reader.push(Buffer.from(wire))
    reader.next()
    reader.reset()
    reader.push(Buffer.from("d NOOP\r\n"))
    assert.deepEqual(reader.next(), noop("d"), wire)
  }
  const reader = new CommandReader()
  reader.expectLine(10)
  reader.reset()
  reader.push(Buffer.from("d NOOP\r\n"))
  assert.deepEqual(reader.next(), noop("d"))
})

test("takes new limits from the next line on", () => {
  const reader = new CommandReader(strange)
  reader.push(Buffer.from("a APPEND x {5}\r\n"))
  assert.equal(reader.next()?.kind, "bad")
  reader.setLimits(known)
  reader.push(Buffer.from("a APPEND x {5}\r\n"))
  assert.equal(reader.next()?.kind, "literal")
})

test("is a mistake of the door to answer a literal that was not announced", () => {
  const reader = new CommandReader()
  assert.throws(() => reader.takeLiteral(), /no literal/)
  assert.throws(() => reader.refuseLiteral(), /no literal/)
  reader.push(Buffer.from("a LOGIN {1}\r\n"))
  reader.next()
  assert.throws(() => reader.expectLine(10), /a command is being read/)
})

test("reads a line that comes octet by octet with as much work as its length asks for", t => {
  const wire = Buffer.from(`a UID FETCH ${"1,".repeat(30_000)}1 FLAGS\r\n`)
  const reader = new CommandReader(known)
  const allocate = Buffer.allocUnsafeSlow.bind(Buffer)
  let allocated = 0
  t.mock.method(Buffer, "allocUnsafeSlow", (size: number) => {
    allocated += size
    return allocate(size)
  })
  const concat = t.mock.method(Buffer, "concat")
  const { indexOf } = Buffer.prototype
  let searched = 0
  t.mock.method(Buffer.prototype, "indexOf", function (this: Buffer, value: number, from: number) {
    searched += this.length - from
    return indexOf.call(this, value, from)
  })
  let heard: Heard | undefined
  for (const octet of wire) {
    reader.push(Buffer.of(octet))
    heard = reader.next()
  }
  assert.equal(heard?.kind, "command")
  assert.ok(allocated > wire.length && allocated < 6 * wire.length, `${allocated} octets were allocated`)
  assert.equal(searched, wire.length)
  assert.equal(concat.mock.callCount(), 0)
})

test("says the same of a line that is both too much to drop and ends in a literal too large, however it comes", () => {
  const bytes = Buffer.from(`a1 NOOP\r\na1 UID X{${"6".repeat(defaultReaderLimits.swallowed + 20_000)}}\r\n`)
  const heardIn = (pieces: readonly Buffer[]): readonly Heard[] => {
    const reader = new CommandReader(defaultReaderLimits)
    const heard: Heard[] = []
    for (const piece of pieces) {
      reader.push(piece)
      for (let one = reader.next(); one !== undefined; one = reader.next()) heard.push(one)
    }
    return heard
  }
  const cut = Array.from({ length: Math.ceil(bytes.length / 700) }, (_, at) =>
    bytes.subarray(at * 700, (at + 1) * 700),
  )
  const whole = heardIn([bytes])
  assert.deepEqual(heardIn(cut), whole)
  assert.equal(whole.at(-1)?.kind, "lost")
})
