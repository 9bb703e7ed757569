import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { mailboxPattern } from "./pattern.ts"

const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] =
  [
    ["*", ["INBOX", "a/b/c", ""], []],
    ["%", ["INBOX", "a", ""], ["a/b"]],
    ["", [""], ["a"]],
    ["a/%", ["a/b", "a/"], ["a", "a/b/c", "b/c"]],
    ["a/*", ["a/b", "a/b/c"], ["a"]],
    ["%/b", ["a/b", "/b"], ["a/c/b", "b"]],
    ["*b", ["b", "a/b", "bb"], ["ba"]],
    ["a*c%e", ["ace", "a/c/cde", "abcde"], ["abc/e", "ac/e"]],
    ["inbox", ["INBOX"], ["inboxes", "Inbox2"]],
    ["iNb*", ["INBOX", "INBOX/a"], ["inbox2"]],
    ["inbox/A", ["INBOX/A"], ["INBOX/a"]],
    ["a", ["a"], ["A", "aa"]],
    ["%%%", ["abc"], ["a/b"]],
    ["%*%", ["a/b"], []],
    ["ü%", ["üb"], ["ub"]],
  ]

test("wildcards of LIST", () => {
  for (const [pattern, matching, others] of cases) {
    const matches = mailboxPattern(pattern)
    for (const name of matching) assert.ok(matches(name), `${pattern} ${name}`)
    for (const name of others) assert.ok(!matches(name), `${pattern} ${name}`)
  }
})

test("matches what the same pattern as a regular expression does", () => {
  const matchesAlike = (pattern: string, name: string): void => {
    const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("%", "[^/]*")}$`)
    assert.equal(mailboxPattern(pattern)(name), expected.test(name), `${pattern} ${name}`)
  }
  const text = fc.string({ unit: fc.constantFrom(..."ab/%*"), maxLength: 10 })
  const some = fc.string({ unit: fc.constantFrom(..."ab/"), maxLength: 10 })
  fc.assert(fc.property(text, some, matchesAlike), { numRuns: 3_000 })
  // Longer than thirty-two steps, and often a match.
  const long = fc.array(fc.tuple(some, fc.constantFrom("*", "%"), some), { minLength: 3, maxLength: 12 })
  fc.assert(
    fc.property(long, parts =>
      matchesAlike(
        parts.map(([head, wild]) => head + wild).join(""),
        parts.map(([head, , run]) => head + run).join(""),
      ),
    ),
    { numRuns: 3_000 },
  )
})

test("a hostile pattern takes no longer than its length times that of the name", () => {
  const matches = mailboxPattern(`${"a*%b".repeat(2_000)}c`)
  const start = process.cpuUsage().user
  assert.ok(!matches("ab".repeat(500)))
  assert.ok(!mailboxPattern(`${"%".repeat(64_000)}x`)("a".repeat(1_000)))
  assert.ok(process.cpuUsage(undefined).user - start < 2_000_000)
})
