import assert from "node:assert/strict"
import { test } from "node:test"
import type { EnvelopeText } from "@letterkeep/mime"
import fc from "fast-check"
import type { SortKey } from "../command.ts"
import { baseSubject } from "./base-subject.ts"
import { compareText, orderText } from "./compare.ts"
import { sentDate } from "./sent-date.ts"
import { createSorter, needsEnvelope } from "./sort.ts"

const subjects: readonly (readonly [subject: string, base: string, isReplyOrForward: boolean])[] = [
  ["", "", false],
  ["   ", "", false],
  ["Hello", "Hello", false],
  ["Re: Hello", "Hello", true],
  ["RE:Hello", "Hello", true],
  ["re : re: Hello", "Hello", true],
  ["fw: Hello", "Hello", true],
  ["Fwd: Hello", "Hello", true],
  ["Re[2]: Hello", "Hello", true],
  ["Re [list] : Hello", "Hello", true],
  ["[list] Hello", "Hello", false],
  ["[a] [b] Re: [c] Hello", "Hello", true],
  ["[a][b]", "[b]", false],
  ["[list]", "[list]", false],
  ["Re: [list]", "[list]", true],
  ["Hello (fwd)", "Hello", true],
  ["Hello (FWD) (fwd) ", "Hello", true],
  ["[fwd: Hello]", "Hello", true],
  ["[Fwd: Re: [list] Hello (fwd)]", "Hello", true],
  ["[fwd: [fwd: Hello]]", "Hello", true],
  ["Re:", "", true],
  ["(fwd)", "", true],
  ["[fwd:]", "", true],
  ["Reply: Hello", "Reply: Hello", false],
  ["forward: x", "forward: x", false],
  ["Hello [list]", "Hello [list]", false],
  ["[a [b] Hello", "[a [b] Hello", false],
  ["a\t b  c", "a b c", false],
  ["=?utf-8?q?Re=3A_J=C3=B6rg?=", "Jörg", true],
  ["Re: =?utf-8?b?W2xpc3RdIMO8?=", "ü", true],
]

test("base subjects", () => {
  for (const [subject, base, isReplyOrForward] of subjects)
    assert.deepEqual(baseSubject(subject), { base, isReplyOrForward }, subject)
})

test("a base subject has nothing more to lose", () => {
  const piece = fc.constantFrom("re", "fwd", "fw", ":", " ", "[", "]", "[x]", "(fwd)", "[fwd:", "a")
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
      const { base } = baseSubject(pieces.join(""))
      assert.deepEqual(baseSubject(base), { base, isReplyOrForward: false })
    }),
    { numRuns: 5_000 },
  )
})

test("a hostile subject takes time of its length", () => {
  const start = process.cpuUsage().user
  for (const piece of ["[]", "re:", "[fwd:", "(fwd)", "[a] ", "[", "re[", " "])
    baseSubject(piece.repeat(30_000) + "]".repeat(30_000))
  assert.ok(process.cpuUsage().user - start < 2_000_000)
})

test("the sent date is that of the Date field in UTC, else the internal date", () => {
  const arrival = 5
  for (const [date, ms] of [
    ["Sun, 31 Dec 2000 16:01:33 -0800", Date.UTC(2001, 0, 1, 0, 1, 33)], // RFC 5256 §2.2
    ["31 Dec 2000 16:01:33 nowhere", Date.UTC(2000, 11, 31, 16, 1, 33)],
    ["31 Dec 2000", Date.UTC(2000, 11, 31)],
    ["31 Dec 2000 25:00 +0100", Date.UTC(2000, 11, 31) - 3_600_000],
    ["yesterday", arrival],
    ["", arrival],
    [undefined, arrival],
  ] as const)
    assert.equal(sentDate(date, arrival), ms, date)
})

test("texts are in the order of their code points", () => {
  assert.ok(compareText("\u{1f600}", "\uffee") > 0)
  assert.ok(compareText("a", "ab") < 0)
  assert.equal(compareText("x", "x"), 0)
  assert.equal(orderText("straße ﬁ"), orderText("STRASSE FI"))
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, other) => {
      const [a, b] = [one.toWellFormed(), other.toWellFormed()]
      assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

interface Mail extends EnvelopeText {
  readonly arrival?: number
  readonly size?: number
}

function sorted(by: readonly SortKey[], mails: readonly Mail[]): readonly number[] {
  const sorter = createSorter(by)
  for (const [at, { arrival = 0, size = 0, ...envelope }] of mails.entries())
    sorter.add({ number: at + 1, arrival, size, envelope })
  return sorter.sorted()
}

const key = (field: SortKey["field"], reverse = false): SortKey => ({ field, reverse })

test("SORT by each of its keys, ties by number", () => {
  for (const [by, mails, order] of [
    [[key("ARRIVAL")], [{ arrival: 3 }, { arrival: 1 }, { arrival: 3 }], [2, 1, 3]],
    [[key("ARRIVAL", true)], [{ arrival: 3 }, { arrival: 1 }, { arrival: 3 }], [1, 3, 2]],
    [[key("SIZE")], [{ size: 30 }, { size: 4 }], [2, 1]],
    [[key("SUBJECT")], [{ subject: "b" }, { subject: "Re: A" }, { subject: "[x] a" }], [2, 3, 1]],
    [[key("FROM")], [{ from: "A <z@a>" }, { from: "b@c" }, {}], [3, 2, 1]],
    [[key("TO")], [{ to: "Zed: a@b;" }, { to: "yu@x, a@b" }], [2, 1]],
    [[key("CC")], [{ cc: "Ü@x" }, { cc: "ü@y" }, { cc: "u@x" }], [3, 1, 2]],
    [
      [key("DATE")],
      [{ date: "1 Jan 2026 10:00 +0000" }, { date: "1 Jan 2026 10:30 +0100" }, { arrival: 1 }],
      [3, 2, 1],
    ],
    [
      [key("SUBJECT"), key("ARRIVAL", true)],
      [
        { subject: "a", arrival: 1 },
        { subject: "b", arrival: 2 },
        { subject: "a", arrival: 9 },
      ],
      [3, 1, 2],
    ],
  ] as [SortKey[], Mail[], number[]][])
    assert.deepEqual(sorted(by, mails), order)
})

test("SORT by arrival and size needs nothing of the messages", () => {
  assert.equal(needsEnvelope([key("ARRIVAL"), key("SIZE", true)]), false)
  assert.equal(needsEnvelope([key("ARRIVAL"), key("CC")]), true)
})
