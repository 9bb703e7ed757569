import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { differenceOf } from "./difference.ts"
import { canonicalText, type PolicyDocument, readDocument, type Statement, sha256Of } from "./document.ts"

const plain = { noNullPrototype: true } as const
const statement: fc.Arbitrary<Statement> = fc.record(
  {
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    term: fc.string(),
    text: fc.string(),
    facts: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }),
    source: fc.constantFrom("rules" as const, "words" as const),
    promises: fc.array(fc.constantFrom("POL-1", "POL-4"), { maxLength: 2 }),
  },
  plain,
)
const section = fc
  .record(
    {
      id: fc.constantFrom("x", "y", "z"),
      statements: fc.uniqueArray(statement, { selector: one => one.id, maxLength: 5 }),
    },
    plain,
  )
  .map(({ id, statements }) => ({ id, title: `title of ${id}`, statements }))
const document: fc.Arbitrary<PolicyDocument> = fc.record(
  {
    format: fc.constant(1 as const),
    rules: fc.integer({ min: 1, max: 99 }),
    sections: fc.uniqueArray(section, { selector: one => one.id, maxLength: 3 }),
  },
  plain,
)

test("the canonical text of a policy reads back as the same policy, and has one form", () => {
  fc.assert(
    fc.property(document, one => {
      const text = canonicalText(one)
      assert.deepEqual(readDocument(text), one)
      assert.equal(canonicalText(readDocument(text)), text)
      const { sections, rules, format } = one
      assert.equal(canonicalText({ sections, rules, format }), text)
    }),
  )
})

test("what is not a policy is refused", () => {
  for (const text of ["{}", "[]", '{"format":2,"rules":1,"sections":[]}', "1"])
    assert.throws(() => readDocument(text), { name: "PolicyTextError" }, text)
})

test("the hash is SHA-256 of the text in UTF-8", () => {
  // FIPS 180-4's example of one block
  assert.equal(sha256Of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
})

test("a difference, put onto the older version, gives the statements of the newer", () => {
  fc.assert(
    fc.property(document, document, (from, to) => {
      const all = (one: PolicyDocument) =>
        new Map(
          one.sections.flatMap(({ title, statements }) =>
            statements.map(held => [`${title}: ${held.id}`, held] as const),
          ),
        )
      const now = all(from)
      for (const change of differenceOf(from, to)) {
        if (change.kind === "removed") now.delete(`${change.section}: ${change.before.id}`)
        else now.set(`${change.section}: ${change.now.id}`, change.now)
      }
      assert.deepEqual(Object.fromEntries(now), Object.fromEntries(all(to)))
    }),
  )
})

test("a version does not differ from itself, and one word is a change of one statement", () => {
  fc.assert(
    fc.property(document, one => {
      assert.deepEqual(differenceOf(one, one), [])
    }),
  )
  const said = (text: string): PolicyDocument => ({
    format: 1,
    rules: 1,
    sections: [
      {
        id: "x",
        title: "X",
        statements: [{ id: "a", term: "", text, facts: [], source: "words", promises: ["POL-1"] }],
      },
    ],
  })
  const [change, ...more] = differenceOf(said("We keep it."), said("We keep it for ever."))
  assert.equal(more.length, 0)
  assert.ok(change?.kind === "changed" && change.before.text !== change.now.text && change.section === "X")
})
