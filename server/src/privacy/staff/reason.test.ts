import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { REASON_LIMIT, readReason } from "./reason.ts"

const valid: readonly (readonly [string, string])[] = [
  ["asked by phone how full it is", "asked by phone how full it is"],
  ["  ticket 4711:\tmail  bounced ", "ticket 4711: mail bounced"],
  ["Sie hat angerufen, Kontingent prüfen", "Sie hat angerufen, Kontingent prüfen"],
  ["電話で 容量の 問い合わせ がありました", "電話で 容量の 問い合わせ がありました"],
  [`${"word ".repeat(59)}wörd!`, `${"word ".repeat(59)}wörd!`],
]
for (const [typed, expected] of valid)
  test(`takes "${typed.slice(0, 40)}"`, () =>
    assert.deepEqual(readReason(typed), { kind: "reason", reason: expected }))

const invalid: readonly (readonly [string, string | undefined, RegExp])[] = [
  ["none", undefined, /--reason/],
  ["nothing", "", /--reason/],
  ["only spaces", " \t\n", /--reason/],
  ["one word", "maintenance", /a few words/],
  ["hardly any", "a b c d", /a few words/],
  ["numbers and signs alone", "4711 - 12 - 2026 ...", /a few words/],
  ["what a terminal obeys", "asked by phone \u001b[2J today", /plain text/],
  ["what turns text about", "asked by phone \u202eyadot", /plain text/],
  ["too much", "asked by phone ".repeat(30), /300 characters/],
]
for (const [what, typed, expected] of invalid)
  test(`refuses ${what}, with what would be right`, () => {
    const read = readReason(typed)
    assert.ok(read.kind === "refused" && expected.test(read.text))
  })

test("a reason that was taken is bounded, plain, and taken again as it is", () => {
  const words = fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 20 })
  fc.assert(
    fc.property(words, parts => {
      const read = readReason(parts.join(" "))
      if (read.kind === "refused") return
      assert.ok(read.reason.length <= REASON_LIMIT && !/[\p{Cc}\p{Cf}]/u.test(read.reason))
      assert.deepEqual(readReason(read.reason), read)
    }),
  )
})
