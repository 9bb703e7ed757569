import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { parseAddress } from "./address.ts"
import { normaliseDomain } from "./domain.ts"

const valid: readonly (readonly [given: string, kept: string, untagged?: string])[] = [
  ["ann@example.org", "ann@example.org"],
  ["Ann.Lee@EXAMPLE.Org.", "ann.lee@example.org"],
  ['"ann"@example.org', "ann@example.org"],
  ['"a\\nn"@example.org', "ann@example.org"],
  ["ann+a+b@example.org", "ann+a+b@example.org", "ann"],
  ["+x@example.org", "+x@example.org", "+x"],
  ["o'neil/x=y@example.org", "o'neil/x=y@example.org"],
  ["ann@bücher.example", "ann@xn--bcher-kva.example"],
  ["ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"],
  ["Ju\u0308rgen@example.org", "j\u00fcrgen@example.org"],
  ["用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"],
  [`${"a".repeat(64)}@example.org`, `${"a".repeat(64)}@example.org`],
]

const invalid: readonly string[] = [
  "", "@", "ann", "ann@", "@example.org", "ann@localhost", ".ann@example.org", "ann.@example.org", "a..b@example.org",
  "a b@example.org", "a@b@example.org", '"a b"@example.org', '"ann@example.org', '"ann\\"@example.org',
  '""@example.org', "ann@[192.0.2.1]", "ann@192.0.2.1", "ann@1.2", "ann@-a.example", "ann@a-.example",
  "ann@a..example", "ann@exa_mple.org", "ann@ex%61mple.org", "ann@xn--\u0000.example", "ann@xn--a.example",
  "ann\r\n@example.org", "ann@example.org\n", "ann\u0000@example.org", "a,b@example.org", "<ann@example.org>",
  `${"a".repeat(65)}@example.org`, `ann@${"a".repeat(64)}.example`, `ann@${"a.".repeat(130)}example`, "a".repeat(5000),
] // biome-ignore format: a table

test("keeps each valid address in one form", () => {
  for (const [given, kept, untagged] of valid) {
    const parsed = parseAddress(given)
    assert.equal(parsed?.address, kept, given)
    if (untagged !== undefined) assert.equal(parsed?.untagged, untagged)
  }
})

test("takes no invalid address", () => {
  for (const given of invalid) assert.equal(parseAddress(given), undefined, JSON.stringify(given))
})

test("keeps what it kept, and nothing with a space, a control character or a second @", () => {
  const pieces = fc.constantFrom(
    "a",
    "Z",
    "é",
    "e\u0301",
    "İ",
    "ß",
    ".",
    "+",
    "@",
    '"',
    "\\",
    " ",
    "-",
    "xn--",
    "例",
    "\n",
    "1",
    ".org",
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
      const parsed = parseAddress(parts.join(""))
      if (parsed === undefined) return
      assert.equal(parseAddress(parsed.address)?.address, parsed.address)
      assert.match(parsed.address, /^[^\s\p{Cc}@"\\]+@[a-z0-9.-]+$/u)
    }),
    { numRuns: 3000 },
  )
})

test("keeps a domain in lower-case A-labels whatever it was given in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), text => {
      const kept = normaliseDomain(`${text}.example`)
      if (kept !== undefined) assert.equal(normaliseDomain(kept), kept)
    }),
    { numRuns: 2000 },
  )
})
