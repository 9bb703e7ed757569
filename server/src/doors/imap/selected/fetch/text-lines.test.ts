import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { textLines } from "./text-lines.ts"

test("an LF without a CR gets one, and everything else stays", () => {
  for (const [given, wanted] of [
    ["", ""],
    ["\n", "\r\n"],
    ["a\nb\n", "a\r\nb\r\n"],
    ["a\r\nb\r\n", "a\r\nb\r\n"],
    ["a\rb\n\n\r\n\r", "a\rb\r\n\r\n\r\n\r"],
  ] as const)
    assert.equal(textLines().push(Buffer.from(given)).toString(), wanted, JSON.stringify(given))
})

test("the same octets come out however they are cut, and what was put in is counted", () => {
  const text = fc.array(fc.constantFrom("a", "\r", "\n"), { maxLength: 12 }).map(all => all.join(""))
  fc.assert(
    fc.property(text, fc.array(fc.nat(12), { maxLength: 4 }), (whole, places) => {
      const wanted = whole.replaceAll(/(?<!\r)\n/g, "\r\n")
      const lines = textLines()
      const cuts = [0, ...places.sort((a, b) => a - b), whole.length]
      const pieces = cuts.slice(1).map((to, at) => lines.push(Buffer.from(whole.slice(cuts[at], to))))
      assert.equal(Buffer.concat(pieces).toString(), wanted)
      assert.equal(lines.added, wanted.length - whole.length)
    }),
  )
})
