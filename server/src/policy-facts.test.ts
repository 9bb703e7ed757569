import assert from "node:assert/strict"
import { test } from "node:test"
import { readConfiguration } from "./configuration/index.ts"
import { policyFacts } from "./policy-facts.ts"
import { keepingOf } from "./privacy/policy/keeping-in-force.ts"
import { testColumns } from "./privacy/policy/test-policy.ts"
import { writeDocument } from "./privacy/policy/write-document.ts"

/** What the page says of where the data lies, in prose. */
function whereOf(toml: string, environment: Record<string, string> = {}): readonly string[] {
  const from = { file: "/etc/letterkeep/letterkeep.toml", dataFolder: "/srv/letterkeep/data", environment }
  const facts = policyFacts(readConfiguration(toml, from))
  const { sections } = writeDocument(1, facts, keepingOf(testColumns))
  return sections.flatMap(({ id, statements }) => (id === "where" ? statements.map(one => one.text) : []))
}

const chosen = /database that the operator has chosen, perhaps on another machine/

test("the policy says that the data lies in a database of the operator's choice where one is given, however it is", () => {
  const url = "postgres://letterkeep@db.example.org/letterkeep"
  assert.ok(whereOf("", { DATABASE_URL: url }).some(text => chosen.test(text)))
  assert.ok(whereOf(`[store]\ndatabase_url = "${url}"`).some(text => chosen.test(text)))
})

test("the policy says nothing of another machine where the database is the server's own", () => {
  const texts = whereOf("")
  assert.ok(texts.length > 0)
  for (const text of texts) assert.doesNotMatch(text, chosen)
})
