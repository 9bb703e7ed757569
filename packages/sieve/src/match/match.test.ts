// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { comparators, defaultComparator } from "./comparator.ts"
import { find } from "./find.ts"
import { matchGlob } from "./glob.ts"

const free = () => undefined

function glob(value: string, pattern: string): readonly string[] | undefined {
  return matchGlob(value, value, pattern, free)
}

for (const [value, pattern, captures] of [
  ["", "", [""]],
  ["", "*", ["", ""]],
  ["a", "", undefined],
  ["abc", "abc", ["abc"]],
  ["abc", "a?c", ["abc", "b"]],
  ["abc", "???", ["abc", "a", "b", "c"]],
  ["abc", "????", undefined],
  ["abcabc", "*c", ["abcabc", "abcab"]],
  ["abcabc", "*b*", ["abcabc", "a", "cabc"]],
  ["a.b.c", "*.*", ["a.b.c", "a", "b.c"]],
  ["a.b.c", "*.?", ["a.b.c", "a.b", "c"]],
  ["aXbXc", "?*X*?", ["aXbXc", "a", "", "b X".replace(" ", ""), "c"]],
  ["a*b", "a\\*b", ["a*b"]],
  ["axb", "a\\*b", undefined],
  ["a?b", "a\\?b", ["a?b"]],
  ["a\\b", "a\\\\b", ["a\\b"]],
  ["ab\\", "ab\\", ["ab\\"]],
  ["abb", "a\\bb", ["abb"]],
  ["ab", "ab*ab", undefined],
  ["a\nb", "a*b", ["a\nb", "\n"]],
  ["x😀y", "x?y", ["x😀y", "😀"]],
  ["😀😀", "?*", ["😀😀", "😀", "😀"]],
  ["a😀b", "*😀*", ["a😀b", "a", "b"]],
] as const) {
  test(`${JSON.stringify(value)} by ${JSON.stringify(pattern)}`, () =>
    assert.deepEqual(glob(value, pattern), captures))
}

test("folds the key and the value, and captures from the value", () => {
  assert.deepEqual(matchGlob("Re: Hello", "RE: HELLO", "RE: *L*", free), ["Re: Hello", "He", "lo"])
})

/** By trying everything; each star as short as it can be, from the left. */
function naive(value: string, pattern: string): boolean {
  if (pattern === "") return value === ""
  const [head = ""] = pattern
  const rest = pattern.slice(1)
  if (head === "*") {
    for (let at = 0; at <= value.length; at += 1) if (naive(value.slice(at), rest)) return true
    return false
  }
  return value !== "" && (head === "?" || head === value[0]) && naive(value.slice(1), rest)
}

const small = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 })
const smallPattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 })

test("finds what trying everything finds", () => {
  fc.assert(
    fc.property(small, smallPattern, (value, pattern) => {
      assert.equal(glob(value, pattern) !== undefined, naive(value, pattern))
    }),
    { numRuns: 5_000 },
  )
})

test("captures what makes up the value again, a star never longer than it must be", () => {
  fc.assert(
    fc.property(small, smallPattern, (value, pattern) => {
      const found = glob(value, pattern)
      if (found === undefined) return
      const captures = found.slice(1)
      let index = 0
      const whole = Array.from(pattern, one => (one === "*" || one === "?" ? captures[index++] : one)).join(
        "",
      )
      assert.equal(whole, value)
      const star = pattern.indexOf("*")
      if (star === -1) return
      const before = captures[Array.from(pattern.slice(0, star)).filter(one => one === "?").length] ?? ""
      for (let shorter = 0; shorter < before.length; shorter += 1)
        assert.ok(!naive(value.slice(star + shorter), pattern.slice(star + 1)))
    }),
    { numRuns: 5_000 },
  )
})

test("finds long keys where the engine does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 60, maxLength: 300 })
  fc.assert(
    fc.property(text, text, fc.nat(300), (value, key, from) => {
      const repeated = key.repeat(2).slice(0, 70)
      assert.equal(find(value, repeated, from), value.indexOf(repeated, from))
      const inside = value + repeated + value
      assert.equal(find(inside, repeated, from), inside.indexOf(repeated, from))
    }),
    { numRuns: 2_000 },
  )
})

test("looks at no more characters than the pieces and the value have together, however many stars there are", () => {
  let spent = 0
  const spend = (characters: number) => {
    spent += characters
  }
  const value = "a".repeat(100_000)
  const pattern = `${"*a".repeat(2_000)}b`
  assert.equal(matchGlob(value, value, pattern, spend), undefined)
  assert.ok(spent <= 2 * (value.length + pattern.length))
})

test("a long key is sought without going back: of all the same letters, too", () => {
  assert.equal(find("a".repeat(1_000_000), `${"a".repeat(50_000)}b`, 0), -1)
})

test("tells what it spends on a piece with a question mark, and may be stopped there", () => {
  let spent = 0
  const spend = (characters: number) => {
    spent += characters
    if (spent > 1_000_000) throw new Error("enough")
  }
  const value = "a".repeat(50_000)
  assert.throws(() => matchGlob(value, value, `*${"a".repeat(5_000)}?b*`, spend), /enough/)
})

test("i;ascii-casemap folds the letters of ASCII alone", () => {
  assert.equal(defaultComparator.fold("straße É i"), "STRAßE É I")
})

test("i;octet puts texts in the order of their octets of UTF-8", () => {
  const octet = comparators.get("i;octet")
  assert.ok(octet !== undefined)
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      const [left, right] = [a.toWellFormed(), b.toWellFormed()]
      assert.equal(Math.sign(octet.order(left, right)), Buffer.compare(Buffer.from(left), Buffer.from(right)))
    }),
    { numRuns: 500 },
  )
})

for (const [a, b, order] of [
  ["10", "9", 1],
  ["010", "10", 0],
  ["10 apples", "10", 0],
  ["", "99999999999999999999999999", 1],
  ["x", "-1", 0],
  ["99999999999999999999999998", "99999999999999999999999999", -1],
] as const) {
  test(`i;ascii-numeric: ${JSON.stringify(a)} and ${JSON.stringify(b)} give ${order}`, () => {
    const numeric = comparators.get("i;ascii-numeric")
    assert.equal(Math.sign(numeric?.order(a, b) ?? Number.NaN), order)
    assert.equal(numeric?.fold(a) === numeric?.fold(b), order === 0)
  })
}
