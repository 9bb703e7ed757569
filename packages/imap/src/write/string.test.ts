import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { readValue } from "../../fixtures/read-response.ts"
import { astring, literal, nstring, quoted, quotedUtf8 } from "./string.ts"

/** What is meant, and how it is written by `quoted`, `astring` and `quotedUtf8`. */
const cases: readonly (readonly [text: string, quoted: string, astring?: string, utf8?: string])[] = [
  ["", '""', '""'],
  ["plain", '"plain"', "plain"],
  ["two words", '"two words"', '"two words"'],
  ['a "b" \\c', '"a \\"b\\" \\\\c"', '"a \\"b\\" \\\\c"'],
  ["a]b", '"a]b"', "a]b"],
  ["100%", '"100%"', '"100%"'],
  ["NIL", '"NIL"', '"NIL"'],
  ["nil", '"nil"', '"nil"'],
  ["nilly", '"nilly"', "nilly"],
  ["tab\there", '"tab\there"', '"tab\there"'],
  ["bell\u0007", "{5}\r\nbell\u0007", "{5}\r\nbell\u0007", '"bell\u0007"'],
  ["line\r\nend", "{9}\r\nline\r\nend", "{9}\r\nline\r\nend", "{9}\r\nline\r\nend"],
  ["ü", "{2}\r\n\xc3\xbc", "{2}\r\n\xc3\xbc", '"\xc3\xbc"'],
  ['ü"', '{3}\r\n\xc3\xbc"', '{3}\r\n\xc3\xbc"', '"\xc3\xbc\\""'],
  ["a\0b", "{2}\r\nab", "{2}\r\nab", "{2}\r\nab"],
]

test("a string is quoted where it can be, else a literal", () => {
  for (const [text, wire, atom = wire, utf8 = wire] of cases) {
    assert.equal(quoted(text), wire)
    assert.equal(astring(text), atom)
    assert.equal(quotedUtf8(text), utf8)
  }
  assert.equal(nstring(undefined), "NIL")
  assert.equal(nstring("x"), '"x"')
})

test("a long string is a literal", () => {
  assert.equal(quoted("x".repeat(1_025)), `{1025}\r\n${"x".repeat(1_025)}`)
  assert.equal(quotedUtf8("é".repeat(1_025)).slice(0, 8), "{2050}\r\n")
})

test("octets of a literal are counted, not characters of text", () => {
  assert.equal(literal("\xff\x00"), "{2}\r\n\xff\x00")
})

test("whatever is written is read back, and every character is one octet", () => {
  const any = fc
    .string({ unit: "binary", maxLength: 40 })
    .map(text => text.toWellFormed().replaceAll("\0", ""))
  fc.assert(
    fc.property(any, text => {
      for (const wire of [quoted(text), quotedUtf8(text)]) {
        assert.equal(readValue(wire), text)
        assert.match(wire, /^[\x00-\xff]*$/)
      }
      const word = astring(text)
      const value = readValue(word)
      assert.equal(
        typeof value === "object" && value !== null && "atom" in value ? value.atom : String(value),
        text,
      )
    }),
  )
})
