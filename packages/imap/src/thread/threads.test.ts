import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { naiveThreads } from "../../fixtures/naive-threads.ts"
import type { ThreadAlgorithm } from "../command.ts"
import { writeThreads } from "../write/search-response.ts"
import type { LinkingText } from "./links.ts"
import { createThreader } from "./threader.ts"

interface Mail {
  readonly id?: string
  readonly refs?: string
  readonly to?: string
  readonly subject?: string
  /** Minutes. */
  readonly at?: number
}

function envelopeOf({ id, refs, to, subject }: Mail): LinkingText {
  const ids = (text: string) =>
    text
      .split(" ")
      .map(one => `<${one}>`)
      .join(" ")
  return {
    subject,
    ...(id === undefined ? {} : { "message-id": ids(id) }),
    ...(refs === undefined ? {} : { references: ids(refs) }),
    ...(to === undefined ? {} : { "in-reply-to": ids(to) }),
  }
}

function threaded(algorithm: ThreadAlgorithm, mails: readonly Mail[]): string {
  const threader = createThreader(algorithm)
  for (const [index, mail] of mails.entries())
    threader.add(index + 1, (mail.at ?? index) * 60_000, envelopeOf(mail))
  return writeThreads(threader.threads()).replace(/^\* THREAD ?|\r\n$/g, "")
}

const byReferences: readonly (readonly [what: string, mails: readonly Mail[], threads: string])[] = [
  ["nothing", [], ""],
  ["a row of answers", [{ id: "a" }, { id: "b", refs: "a" }, { id: "c", refs: "a b" }], "(1 2 3)"],
  ["two answers", [{ id: "a" }, { id: "b", refs: "a" }, { id: "c", refs: "a" }], "(1 (2)(3))"],
  ["an answer that came first", [{ id: "b", refs: "a" }, { id: "a" }], "(2 1)"],
  ["In-Reply-To where there are no References", [{ id: "a" }, { id: "b", to: "a x" }], "(1 2)"],
  ["References before In-Reply-To", [{ id: "a" }, { id: "b" }, { id: "c", refs: "b", to: "a" }], "(1)(2 3)"],
  ["a missing message with one answer", [{ id: "b", refs: "a" }], "(1)"],
  [
    "a missing message with two answers",
    [
      { id: "b", refs: "a" },
      { id: "c", refs: "a" },
    ],
    "((1)(2))",
  ],
  [
    "missing messages in a row",
    [
      { id: "d", refs: "a b c" },
      { id: "e", refs: "a b c" },
      { id: "f", refs: "a" },
    ],
    "((1)(2)(3))",
  ],
  ["a missing message in between", [{ id: "a" }, { id: "c", refs: "a b" }], "(1 2)"],
  [
    "a loop",
    [
      { id: "a", refs: "b" },
      { id: "b", refs: "a" },
    ],
    "(2 1)",
  ],
  ["a message that refers to itself", [{ id: "a", refs: "a" }], "(1)"],
  ["a message that refers to itself at the end", [{ id: "a" }, { id: "b", refs: "a b" }], "(1)(2)"],
  ["two with one identifier", [{ id: "a" }, { id: "a" }, { id: "b", refs: "a" }], "(1 3)(2)"],
  [
    "a truncated reference is corrected by the message itself",
    [{ id: "c", refs: "a b" }, { id: "b", refs: "x" }, { id: "x" }, { id: "a" }],
    "(3 2 1)(4)",
  ],
  [
    "one subject: an answer joins",
    [
      { id: "a", subject: "S" },
      { id: "b", subject: "Re: S" },
    ],
    "(1 2)",
  ],
  [
    "one subject: two beginnings",
    [
      { id: "a", subject: "S" },
      { id: "b", subject: "s" },
    ],
    "((1)(2))",
  ],
  ["one subject: three beginnings", [{ subject: "S" }, { subject: "S" }, { subject: "S" }], "((1)(2)(3))"],
  ["one subject: the answer was sent first", [{ subject: "Re: S" }, { subject: "S" }], "(2 1)"],
  ["one subject: two answers", [{ subject: "Re: S" }, { subject: "Re: S" }], "((1)(2))"],
  [
    "one subject: a thread without its root takes others in",
    [{ refs: "x", subject: "Re: S" }, { refs: "x", subject: "Re: S" }, { subject: "S" }],
    "((1)(2)(3))",
  ],
  [
    "one subject: two threads without roots",
    [
      { refs: "x", subject: "S" },
      { refs: "x", subject: "S" },
      { refs: "y", subject: "S" },
      { refs: "y", subject: "S" },
    ],
    "((1)(2)(3)(4))",
  ],
  ["no subject joins nothing", [{ id: "a" }, { id: "b" }, { id: "c", subject: "Re:" }], "(1)(2)(3)"],
  [
    "siblings are in order of sending",
    [
      { id: "a", at: 9 },
      { refs: "a", at: 3 },
      { refs: "a", at: 2 },
    ],
    "(1 (3)(2))",
  ],
  ["so are threads", [{ at: 5 }, { at: 2 }, { at: 2 }], "(2)(3)(1)"],
]

test("THREAD=REFERENCES, case by case", () => {
  for (const [what, mails, threads] of byReferences)
    assert.equal(threaded("REFERENCES", mails), threads, what)
})

test("THREAD=ORDEREDSUBJECT: one thread a subject, its first message at the head", () => {
  const mails = [
    { subject: "B", at: 5 },
    { subject: "A", at: 4 },
    { subject: "re: a", at: 2 },
    { subject: "[x] B", at: 9 },
    { subject: "a", at: 7 },
    { subject: "C", at: 1 },
  ]
  assert.equal(threaded("ORDEREDSUBJECT", mails), "(6)(3 (2)(5))(1 4)")
  assert.equal(threaded("ORDEREDSUBJECT", []), "")
})

test("THREAD=REFERENCES gives what the steps of RFC 5256, done one by one, give", () => {
  const id = fc.constantFrom(..."abcdefgh")
  const mail = fc.record(
    {
      id,
      refs: fc.array(id, { minLength: 1, maxLength: 4 }).map(ids => ids.join(" ")),
      to: id,
      subject: fc.constantFrom("S", "Re: S", "T", "fwd: T", "", "Re:"),
      at: fc.integer({ min: 0, max: 5 }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(mail, { maxLength: 12 }), mails => {
      const expected = naiveThreads(
        mails.map((one, index) => ({
          number: index + 1,
          sent: (one.at ?? index) * 60_000,
          subject: one.subject ?? "",
          envelope: envelopeOf(one),
        })),
      )
      assert.equal(threaded("REFERENCES", mails), writeThreads(expected).replace(/^\* THREAD ?|\r\n$/g, ""))
    }),
    { numRuns: 5_000 },
  )
})

test("100,000 messages are threaded in seconds, be they one row, one heap or all in loops", () => {
  const count = 100_000
  const kinds: readonly ((index: number) => Mail)[] = [
    index => ({ id: `m${index}`, refs: `m${index - 1}` }),
    index => ({ id: `m${index}`, refs: `m${index + 1}` }),
    index => ({ id: `m${index}`, refs: "m0", subject: "Re: S" }),
    index => ({ id: `m${index}`, subject: "S" }),
    index => ({ id: `m${index}`, refs: `m${(index * 7) % count} m${(index * 13) % count}` }),
  ]
  for (const mailOf of kinds) {
    const start = process.cpuUsage().user
    const threader = createThreader("REFERENCES")
    for (let index = 0; index < count; index++) threader.add(index + 1, index, envelopeOf(mailOf(index)))
    const wire = writeThreads(threader.threads())
    assert.equal(wire.match(/\d+/g)?.length, count)
    assert.ok(process.cpuUsage().user - start < 20_000_000)
  }
})
