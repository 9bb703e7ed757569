import assert from "node:assert/strict"
import { test } from "node:test"
import { judgePassword, MAX_PASSWORD_BYTES, normalisePassword } from "./password-rules.ts"

test("takes long passwords of any characters", () => {
  for (const text of [
    "correct horse battery",
    "ünïcödé wörds",
    "長い合言葉をここに置くよ",
    "x7$kQ9!mZ2",
    "a".repeat(9) + "bcd".repeat(20),
  ]) {
    assert.equal(judgePassword(text, "ann").kind, "fit", text)
  }
})

test("refuses short, long, repetitive and common ones, the person's name, and control characters", () => {
  for (const text of [
    "",
    "short",
    "123456789",
    "1234567890",
    "password123",
    "aaaaaaaaaaaa",
    "abababababab",
    "qwertyuiop",
    "iloveyou12",
    "letterkeep1",
    "my name is johanna",
    "tab\there and there",
    "x".repeat(MAX_PASSWORD_BYTES + 1),
  ]) {
    assert.equal(judgePassword(text, "johanna").kind, "unfit", JSON.stringify(text))
  }
})

test("gives two keyboards' spellings of one password one form", () => {
  assert.equal(normalisePassword("ju\u0308rgen\u00a0x"), normalisePassword("j\u00fcrgen x"))
  assert.notEqual(normalisePassword("Jürgen"), normalisePassword("jürgen"))
  assert.equal(normalisePassword("x".repeat(MAX_PASSWORD_BYTES + 1)), undefined)
})
