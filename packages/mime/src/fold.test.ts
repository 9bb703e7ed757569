import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { foldText, piecesOf, wordsOf } from "./fold.ts"

test("what people take for the same text folds to the same", () => {
  for (const same of [
    ["FI", "ﬁ", "fi", "ＦＩ"],
    ["É", "e\u0301", "é", "E\u0301"],
    ["ΟΔΟΣ", "οδος", "οδοσ"],
    ["Straße", "STRAßE", "straẞe"],
    ["한글", "한글"],
    ["İstanbul", "i\u0307stanbul"],
    ["Ⅷ", "viii"],
  ])
    assert.equal(new Set(same.map(foldText)).size, 1, same.join(" "))
  assert.notEqual(foldText("é"), foldText("e"))
})

test("folding twice is folding once, and ASCII takes the short way to the same place", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), text => {
      const folded = foldText(text)
      assert.equal(foldText(folded), folded)
      assert.equal(folded, foldText(`${text}é`).slice(0, -2))
    }),
    { numRuns: 2_000 },
  )
  const marks = fc.constantFrom("\u0301", "\u0316", "\u0344", "\u0308", "İ", "é", "a")
  fc.assert(
    fc.property(fc.string({ unit: marks, minLength: 20, maxLength: 120 }), text => {
      assert.equal(foldText(foldText(text)), foldText(text))
    }),
    { numRuns: 2_000 },
  )
})

test("a letter with very many marks folds in no time, to what it folds to with the first of them", () => {
  const [acute, below] = ["\u0301", "\u0316"]
  const began = performance.now()
  const folded = foldText(`a${acute.repeat(500_000)}${below.repeat(500_000)} end`)
  assert.ok(performance.now() - began < 5_000)
  assert.equal(folded, `a${acute.repeat(32)} end`)
  assert.equal(foldText(`é${"\u0344".repeat(40)}!`), foldText(`e${acute}${"\u0308\u0301".repeat(40)}!`))
})

test("words are runs of letters, digits and marks", () => {
  assert.deepEqual(wordsOf(""), [])
  assert.deepEqual(wordsOf("--"), [])
  assert.deepEqual(wordsOf("anna@near.test, re: 4th_note"), ["anna", "near", "test", "re", "4th", "note"])
  assert.deepEqual(wordsOf(foldText("Grüße, 漢字！ नमस्ते")), ["gru\u0308ße", "漢字", "नमस्ते"])
})

test("pieces are the words, with empty ends where a separator stands there", () => {
  assert.deepEqual(piecesOf("word"), ["word"])
  assert.deepEqual(piecesOf(" two  words."), ["", "two", "words", ""])
  assert.deepEqual(piecesOf("."), ["", ""])
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "1", "é", "漢", " ", "-", "😀", "\u0301") }), text => {
      assert.deepEqual(
        piecesOf(text).filter(piece => piece !== ""),
        wordsOf(text),
      )
    }),
  )
})
