import assert from "node:assert/strict"
import { test } from "node:test"
import { foldText } from "@letterkeep/mime"
import fc from "fast-check"
import { dictionaries } from "./fields.ts"
import { type Probe, probesOf, termsOf } from "./terms.ts"

const separations = dictionaries.map(({ separation }) => separation)

function answers(terms: Iterable<string>, { how, text }: Probe): boolean {
  for (const term of terms)
    if (
      how === "contains"
        ? term.includes(text)
        : how === "starts"
          ? term.startsWith(text)
          : how === "ends"
            ? term.endsWith(text)
            : term === text
    )
      return true
  return false
}

const alphabet = fc.constantFrom(
  ...["a", "b", "é", "ß", "\u0301", "\u3099", "漢", "字", "か", "ไ", "ท", "ー", "한", "😀", "𠀀", "1"],
  ...["ʼ", "ˇ", "п", "ї", "ñ"],
  ...[" ", ",", "\n", "-", "@", ".", "_"],
)
const texts = fc.oneof(
  fc.string({ unit: alphabet, maxLength: 24 }),
  fc
    .tuple(fc.string({ unit: alphabet, minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 120 }))
    .map(([unit, times]) => unit.repeat(times)),
  fc.array(fc.string({ unit: alphabet, maxLength: 200 }), { maxLength: 3 }).map(parts => parts.join("")),
)

test("a message that holds the text answers every probe for it, and one that answers a sure one holds it", () => {
  let sure = 0
  fc.assert(
    fc.property(
      ...([texts, texts, fc.nat(), fc.nat(), fc.boolean(), fc.constantFrom(...separations)] as const),
      (one, other, from, length, within, separation) => {
        const text = foldText(one)
        const start = from % (text.length + 1)
        const question = foldText(
          within ? text.slice(start, start + (length % 150)) : other.slice(0, length % 4),
        )
        const terms = [...termsOf(text, separation)]
        const probes = probesOf(question, separation)
        const holds = text.includes(question)
        const all = probes.all.every(probe => answers(terms, probe))
        if (holds) assert.ok(all, `${JSON.stringify(text)} has ${JSON.stringify(question)}`)
        if (probes.sure) {
          sure++
          assert.equal(all, holds, `${JSON.stringify(text)} and ${JSON.stringify(question)}`)
        }
      },
    ),
    { numRuns: 5_000 },
  )
  assert.ok(sure > 500)
})

test("a word, a part of one, a part of an address and a whole subject are sure; words side by side are not", () => {
  assert.deepEqual(probesOf("ette", "words"), { all: [{ how: "contains", text: "ette" }], sure: true })
  assert.deepEqual(probesOf("anna@near", "commas").sure, true)
  assert.deepEqual(probesOf("re: the house", "lines").sure, true)
  assert.deepEqual(probesOf("漢字", "words"), { all: [{ how: "is", text: bytes("漢字") }], sure: true })
  assert.deepEqual(probesOf("good old day", "words"), {
    all: [
      { how: "ends", text: "good" },
      { how: "is", text: "old" },
      { how: "starts", text: "day" },
    ],
    sure: false,
  })
  assert.deepEqual(probesOf(" - ", "words"), { all: [], sure: false })
  assert.deepEqual(probesOf("", "lines"), { all: [], sure: false })
})

test("a letter that Latin and Cyrillic share with Chinese ends no word of theirs", () => {
  // Folded, some of these letters have marks of their own.
  for (const word of ["обʼєднаний", "cʼhwezhañ", "maˇ", "xˋà", "mañana"].map(foldText))
    assert.deepEqual([...termsOf(word, "words")], [bytes(word)])
  assert.deepEqual(probesOf("обʼєдна", "words"), {
    all: [{ how: "contains", text: bytes("обʼєдна") }],
    sure: true,
  })
  assert.equal(probesOf(foldText("mañana"), "words").sure, true)
  assert.deepEqual(probesOf("ʼ", "words"), { all: [{ how: "contains", text: bytes("ʼ") }], sure: true })
})

test("a run of a script without spaces becomes pairs, a long term pieces, and none holds a line feed", () => {
  assert.deepEqual([...termsOf("漢字文", "words")], [bytes("漢字"), bytes("字文")])
  const long = "0123456789".repeat(100)
  const terms = [...termsOf(long, "words")]
  assert.ok(terms.every(term => term.length <= 128))
  assert.ok(terms.length < 20)
  assert.ok(![...termsOf("a\nb", "commas"), ...termsOf("a\nb", "lines")].some(term => term.includes("\n")))
})

const bytes = (text: string): string => Buffer.from(text).toString("latin1")
