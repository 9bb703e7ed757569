import assert from "node:assert/strict"
import { test } from "node:test"
import { foldText } from "@letterkeep/mime"
import fc from "fast-check"
import { holdsText } from "./holds-text.ts"

test("finds text across the pieces in which a long one is folded", () => {
  const needle = foldText("Größe ﬁ 😀")
  for (const before of [0, 1, 65_530, 65_534, 65_535, 65_536, 65_537, 131_070]) {
    const text = `${`${"x".repeat(before)}GRÖSSE Fi`.replace("SS", "ß")} 😀${"y".repeat(70_000)}`
    assert.ok(holdsText(text, needle), `${before}`)
    assert.ok(!holdsText(text, `${needle}z`))
  }
})

test("finds what folding all at once finds", () => {
  const mark = fc.constantFrom("a", "e\u0301", "é", "\u0327", "😀", "ﬁ", " ")
  fc.assert(
    fc.property(
      fc.integer({ min: 65_525, max: 65_540 }),
      fc.array(mark, { maxLength: 20 }),
      fc.nat(30),
      fc.integer({ min: 1, max: 6 }),
      (before, marks, from, length) => {
        const text = "b".repeat(before) + marks.join("")
        const folded = foldText(text)
        const needle = folded.slice(-1 - from, folded.length - from + length)
        assert.equal(holdsText(text, needle), folded.includes(needle))
      },
    ),
  )
})
