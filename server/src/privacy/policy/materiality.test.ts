import assert from "node:assert/strict"
import { test } from "node:test"
import { differenceOf } from "./difference.ts"
import type { PolicyDocument, Statement } from "./document.ts"
import { isMaterial } from "./materiality.ts"
import { testDocument, testFacts } from "./test-policy.ts"

const document = testDocument()

function withStatements(change: (section: string, statements: readonly Statement[]) => readonly Statement[]) {
  const sections = document.sections.map(one => ({ ...one, statements: change(one.id, one.statements) }))
  return { ...document, sections }
}

const material = (to: PolicyDocument, from = document) => differenceOf(from, to).map(isMaterial)

const resale: Statement = {
  id: "purpose.marketing.resale",
  term: "resale",
  text: "We sell addresses.",
  facts: [],
  source: "rules",
  promises: [],
}

test("a purpose, a recipient, a category or a cookie more is material, one less is not", () => {
  for (const section of ["purposes", "recipients", "collected", "cookies"]) {
    const more = withStatements((id, statements) => (id === section ? [...statements, resale] : statements))
    assert.deepEqual(material(more), [true], section)
    assert.deepEqual(material(document, more), [false], section)
  }
})

test("each statement that the rules make is material when it says something else", () => {
  const made = document.sections.flatMap(one => one.statements).filter(one => one.source === "rules")
  assert.ok(made.length > 10)
  for (const { id } of made) {
    const otherwise = withStatements((_, statements) =>
      statements.map(one => (one.id === id ? { ...one, facts: [...one.facts, ["Kept", "for ever"]] } : one)),
    )
    assert.ok(material(otherwise).every(Boolean), id)
  }
})

test("a sentence that is taken back or reworded is material, one more is not", () => {
  const [sentence] = document.sections.flatMap(one => one.statements).filter(one => one.source === "words")
  assert.ok(sentence !== undefined)
  const without = withStatements((_, statements) => statements.filter(one => one.id !== sentence.id))
  assert.deepEqual(material(without), [true])
  assert.deepEqual(material(document, without), [false])
  const reworded = withStatements((_, statements) =>
    statements.map(one => (one.id === sentence.id ? { ...one, text: "Perhaps." } : one)),
  )
  assert.deepEqual(material(reworded), [true])
})

test("where the operator can be reached is not material, who it is and where the data lies is", () => {
  const moved = (operator: Partial<typeof testFacts.operator>) =>
    material(testDocument({ ...testFacts, operator: { ...testFacts.operator, ...operator } }))
  assert.deepEqual(moved({ contact: "other@house.example" }), [false])
  assert.deepEqual(moved({ address: "Bergweg 2" }), [false])
  assert.deepEqual(moved({ name: "Somebody else" }), [true])
  assert.deepEqual(moved({ regions: ["Nowhere"] }), [true])
})
