import assert from "node:assert/strict"
import { test } from "node:test"
import { catalogue } from "../../../../promises/catalogue.ts"
import { categories } from "./categories.ts"
import { canonicalText, maxDocumentBytes } from "./document.ts"
import { type Feature, missingFacts } from "./facts.ts"
import { keepingOf } from "./keeping-in-force.ts"
import { purposes } from "./purposes.ts"
import { recipients } from "./recipients.ts"
import { recordOfProcessing } from "./record.ts"
import { sentences } from "./sentences.ts"
import { testColumns, testDocument, testFacts } from "./test-policy.ts"
import { writeDocument } from "./write-document.ts"

const ofSection = (id: string, document = testDocument()) =>
  document.sections.find(section => section.id === id)?.statements ?? []

test("says of every purpose, category and recipient, under its own id", () => {
  const ids = (section: string) => ofSection(section).map(one => one.id)
  for (const purpose of Object.keys(purposes)) assert.ok(ids("purposes").includes(purpose), purpose)
  for (const category of Object.keys(categories)) assert.ok(ids("collected").includes(category), category)
  for (const recipient of Object.keys(recipients)) assert.ok(ids("recipients").includes(recipient), recipient)
})

test("says of every recipient that this is the most that it may get", () => {
  const recipients = ofSection("recipients")
  assert.ok(recipients.length > 0)
  for (const { id, facts } of recipients)
    assert.match(facts.find(([name]) => name === "At most")?.[1] ?? "", /may be less, or have ended/, id)
})

test("no two statements have one id", () => {
  const ids = testDocument().sections.flatMap(section => section.statements.map(one => one.id))
  assert.deepEqual(ids, [...new Set(ids)])
})

test("every promise that a statement rests on is in the catalogue", () => {
  const known = new Set(catalogue.map(one => one.id))
  const named = testDocument().sections.flatMap(section => section.statements.flatMap(one => one.promises))
  assert.ok(named.length > 10)
  for (const id of named) assert.ok(known.has(id), id)
})

test("a sentence about what is switched off does not appear, and what needs nothing stays", () => {
  const off = writeDocument(1, { ...testFacts, switchedOn: new Set() }, keepingOf(testColumns))
  const ids = new Set(off.sections.flatMap(section => section.statements.map(one => one.id)))
  for (const { id, needs } of sentences) assert.equal(ids.has(id), needs.length === 0, id)
  const words = canonicalText(off)
  for (const word of ["IMAP", "POP3"]) assert.ok(!words.includes(word), word)
})

const written = (...on: readonly Feature[]) => {
  const facts = { ...testFacts, switchedOn: new Set(on) }
  const page = writeDocument(1, facts, keepingOf(testColumns))
  const record = recordOfProcessing(facts, testColumns)
  return {
    page,
    words: [canonicalText(page), JSON.stringify(record)],
    told: record.activities.flatMap(one => one.recipients.map(each => each.id)),
    purposes: record.activities.map(one => one.id),
  }
}
const ofDns = /DNS|name server|"dns"|checks who sent/i
const ofOwnDoor = /own-door|own mail door/

test("with all switched off, neither page nor record says anything of the DNS, of screening, of the mail door", () => {
  const { words, told, page } = written()
  for (const text of words) {
    for (const gone of [ofDns, ofOwnDoor, /mail\.screen|screening what comes in/])
      assert.doesNotMatch(text, gone)
    assert.match(text, /mail\.read/, "nothing was written")
  }
  assert.deepEqual([told, ofSection("recipients", page)], [[], []])
})

test("without checks of senders nobody is asked about them, and rules on senders still are a purpose", () => {
  const { words, told, purposes } = written("smtp", "imap", "pop3", "http")
  for (const text of words) assert.doesNotMatch(text, ofDns)
  assert.deepEqual(told, ["own-door"])
  assert.ok(purposes.includes("mail.screen"))
  for (const text of written("smtp", "checks").words) {
    assert.match(text, ofDns)
    // RFC 7208 §7.2: %{s} and %{l} are in the names that such a record asks for
    assert.equal(text.match(/the sender's address or a part of it is in the question/g)?.length, 2)
  }
})

test("without HTTP nothing goes to the own mail door: its one use is a page", () => {
  const { words, told } = written("smtp", "imap", "checks")
  for (const text of words) assert.doesNotMatch(text, ofOwnDoor)
  assert.deepEqual(told, ["dns"])
})

test("what the operator did not say is called not given", () => {
  const operator = { name: "", address: "", contact: "", regions: [] }
  const document = writeDocument(1, { ...testFacts, operator }, keepingOf(testColumns))
  const said = [...ofSection("operator", document), ...ofSection("where", document)]
  assert.equal(said.filter(one => one.text.startsWith("Not given")).length, 4)
  assert.deepEqual(missingFacts({ ...testFacts, operator }), ["name", "address", "contact", "regions"])
  assert.deepEqual(missingFacts(testFacts), [])
})

test("refuses to write of a stored category that no column holds", () => {
  assert.throws(() => writeDocument(1, testFacts, new Map()), /no column of the database holds/)
})

test("how long a category is kept is what its columns say, each once", () => {
  const columns = [
    {
      table: "a",
      column: "x",
      category: "user.keys.public",
      owner: "account",
      retention: "2 days",
      erasure: "row",
    },
    {
      table: "a",
      column: "y",
      category: "user.keys.public",
      owner: "account",
      retention: "2 days",
      erasure: "key",
    },
  ]
  assert.deepEqual(keepingOf(columns).get("user.keys.public"), {
    kept: ["2 days"],
    erasedWith: ["key", "row"],
  })
})

test("the policy is far shorter than what can be published", () => {
  assert.ok(Buffer.byteLength(canonicalText(testDocument())) < maxDocumentBytes / 4)
})
