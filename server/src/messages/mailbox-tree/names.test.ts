import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { canonicalName, faultOfName, isBelow, levelsAbove, mailboxLimits } from "./names.ts"

const long = "x".repeat(mailboxLimits.levelOctets)

const valid = [
  "INBOX",
  "a",
  "a/b/c",
  " a ",
  "100%",
  "*",
  "Entwürfe",
  "受信箱",
  "👩‍👩‍👧/🗂",
  ".",
  "..",
  "a\\b",
  "&",
  long,
  `${long}/${long}/${long}`,
  Array(mailboxLimits.levels).fill("a").join("/"),
]
for (const name of valid)
  test(`takes ${JSON.stringify(name.slice(0, 40))} as a name`, () =>
    assert.equal(faultOfName(name), undefined))

const invalid: readonly (readonly [string, RegExp])[] = [
  ["", /there has to be/],
  ["/", /there has to be/],
  ["/a", /there has to be/],
  ["a/", /there has to be/],
  ["a//b", /there has to be/],
  ["a\u0000", /control/],
  ["a\r\nb", /control/],
  ["a\u007f", /control/],
  ["a\u0085", /control/],
  ["a\u2028b", /control/],
  ["\ud800", /Unicode/],
  [`${long}x`, /level/],
  ["ü".repeat(128), /level/],
  [Array(5).fill(long).join("/"), /1000/],
  [
    Array(mailboxLimits.levels + 1)
      .fill("a")
      .join("/"),
    /levels/,
  ],
]
for (const [name, fault] of invalid)
  test(`refuses ${JSON.stringify(name.slice(0, 40))} as a name`, () =>
    assert.match(faultOfName(name) ?? "", fault))

test("INBOX is the same in any case, as a name and as the first level of one", () => {
  assert.deepEqual(["inbox", "InBox/Sub", "INBOX"].map(canonicalName), ["INBOX", "INBOX/Sub", "INBOX"])
  assert.deepEqual(["inboxes", "a/inbox", "\u0131nbox"].map(canonicalName), [
    "inboxes",
    "a/inbox",
    "\u0131nbox",
  ])
})

test("two ways to write a letter are one name", () => {
  assert.equal(canonicalName("Entwu\u0308rfe"), "Entw\u00fcrfe")
  const endless = "u\u0308".repeat(1_000_000)
  assert.equal(canonicalName(endless), endless)
  assert.match(faultOfName(canonicalName(endless)) ?? "", /octets long/)
})

test("a canonical name stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), name => {
      const once = canonicalName(name)
      assert.equal(canonicalName(once), once)
    }),
  )
})

test("names the levels above from the top, and knows what is below", () => {
  assert.deepEqual(levelsAbove("a/b/c"), ["a", "a/b"])
  assert.deepEqual(levelsAbove("a"), [])
  for (const upper of levelsAbove("a/b/c")) assert.ok(isBelow("a/b/c", upper))
  assert.deepEqual(
    ["a", "ab/c", "b/a"].map(name => isBelow(name, "a")),
    [false, false, false],
  )
})
