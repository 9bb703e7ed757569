import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestIndex } from "./open-test-index.ts"

const messages = ["one", "two", "three"].map(
  subject => `From: Ada <ada@a.test>\r\nSubject: ${subject}\r\nContent-Type: text/html\r\n\r\n<p>${subject}`,
)

test("a list that comes again asks for no entry, and shows the same", async t => {
  const house = await openTestIndex(t)
  const person = await house.addAccount()
  const emails = await person.receive(...messages)
  const index = house.index.forSession(await person.signIn())
  const list = () =>
    person.show(index, emails, summary => [
      summary.envelope,
      summary.bodyStructure,
      summary.body,
      summary.preview,
      summary.fields(),
      summary.structure(),
      summary.screening(),
      [summary.email, summary.bodyId, summary.traceBytes, summary.messageBytes, summary.cut],
    ])
  const first = await list()
  assert.match(String(first[1]), /"two"/)
  const asked = t.mock.method(house.store, "ask")
  assert.deepEqual(await list(), first)
  assert.ok(asked.mock.calls.every(({ arguments: [, question] }) => !question.includes("idx_entry")))
})

test("what is kept of an entry shows neither a message that has gone nor one beside another's body", async t => {
  const house = await openTestIndex(t)
  const person = await house.addAccount()
  const emails = await person.receive(...messages)
  const index = house.index.forSession(await person.signIn())
  const list = () => person.show(index, emails, summary => summary.envelope)
  const [one, two, three] = emails
  assert.ok(one && two && three)
  const before = await list()
  await person.destroy(two)
  assert.deepEqual(await list(), [before[0], undefined, before[2]])
  const rows = await house.store.sql<{ email_id: number; body_id: string }[]>`
    select email_id, body_id::text from email where account_id = ${person.account}`
  const bodyOf = (email: number): string => rows.find(row => row.email_id === email)?.body_id ?? ""
  await house.store.sql`
    update email set body_id = case email_id when ${one} then ${bodyOf(three)}::uuid else ${bodyOf(one)}::uuid end
    where account_id = ${person.account}`
  await assert.rejects(list(), { code: "not-authentic" })
})
