import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, senderPattern } from "../privacy/index.ts"
import { opened } from "../privacy/test-privacy.ts"
import { enter } from "./open-test-mail.ts"
import { addPerson, ann, openTestPeople, password } from "./open-test-people.ts"

test("lets the closest rule decide, and block win where two are equally close", async t => {
  const { people } = await openTestPeople(t)
  const { id } = await addPerson(people)
  const none = await people.senderRules(
    id,
    mailAddress("x@shop.example"),
    mailAddress("bounce@mail.shop.example"),
  )
  assert.equal(none, "none")
  for (const [action, pattern] of [
    ["block", "shop.example"],
    ["allow", "Friend@Shop.example"],
    ["block", "*.news.example"],
    ["allow", "@good.news.example"],
    ["allow", "list.example"],
  ] as const) {
    assert.equal((await people.addRule(ann, action, senderPattern(pattern))).kind, "added")
  }
  const verdict = (from: string, envelope = "") =>
    people.senderRules(id, mailAddress(from), mailAddress(envelope))
  assert.equal(await verdict("x@shop.example"), "block")
  assert.equal(await verdict("x@SHOP.example."), "block")
  assert.equal(await verdict("friend@shop.example"), "allow")
  assert.equal(await verdict("friend+tag@shop.example"), "block")
  assert.equal(await verdict("x@sub.shop.example"), "none")
  assert.equal(await verdict("x@a.b.news.example"), "block")
  assert.equal(await verdict("x@news.example"), "none")
  assert.equal(await verdict("x@good.news.example"), "allow")
  assert.equal(await verdict("x@quiet.example", "bounce@shop.example"), "block")
  assert.equal(await verdict("x@list.example", "bounce@shop.example"), "block")
  assert.equal(await verdict("friend@shop.example", "bounce@shop.example"), "allow")
  assert.equal(await verdict('"odd name"@shop.example'), "block")
  assert.equal(await verdict("", ""), "none")
})

test("allows by From only, which can be proven, and blocks by the reverse-path too", async t => {
  const { people } = await openTestPeople(t)
  const { id } = await addPerson(people)
  await people.addRule(ann, "allow", senderPattern("friend@good.example"))
  await people.addRule(ann, "allow", senderPattern("club.example"))
  await people.addRule(ann, "block", senderPattern("evil.example"))
  const verdict = (from: string, envelope: string) =>
    people.senderRules(id, mailAddress(from), mailAddress(envelope))
  assert.equal(await verdict("x@other.example", "friend@good.example"), "none")
  assert.equal(await verdict("x@evil.example", "friend@good.example"), "block")
  assert.equal(await verdict("", "x@club.example"), "none")
  assert.equal(await verdict("friend@good.example", "x@elsewhere.example"), "allow")
  assert.equal(await verdict("x@club.example", "x@evil.example"), "block")
})

test("replaces a rule on the same pattern, at once, and shows patterns to their owner only", async t => {
  const house = await openTestPeople(t)
  const { people, store } = house
  const { id } = await addPerson(people)
  await people.addRule(ann, "block", senderPattern("spam.example"))
  assert.equal(await people.senderRules(id, mailAddress("x@spam.example"), mailAddress("")), "block")
  await people.addRule(ann, "allow", senderPattern("@SPAM.example"))
  assert.equal(await people.senderRules(id, mailAddress("x@spam.example"), mailAddress("")), "allow")
  const rules = await people.listRules(await enter(house, password))
  assert.deepEqual(
    rules.map(({ action, pattern }) => [action, pattern && opened(pattern)]),
    [["allow", "@spam.example"]],
  )
  const [row] = await store.sql<{ pattern_sealed: Buffer }[]>`select pattern_sealed from sender_rule`
  assert.equal(row?.pattern_sealed.includes("spam"), false)
})

test("keeps one account's rules from another's mail", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  const { id: bob } = await addPerson(people, mailAddress("bob@example.org"))
  await people.addRule(ann, "block", senderPattern("x@shop.example"))
  assert.equal(await people.senderRules(bob, mailAddress("x@shop.example"), mailAddress("")), "none")
})

test("refuses what is no pattern", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  for (const pattern of ["", "*", "@", "a b@c.example", "nodots", "*.", "a@*.example"]) {
    const done = await people.addRule(ann, "block", senderPattern(pattern))
    assert.equal(done.kind === "refused" && done.why, "bad-pattern", pattern)
  }
})

test("passes over a rule whose action was changed in the database, and says so", async t => {
  const { people, store, log } = await openTestPeople(t)
  const { id } = await addPerson(people)
  await people.addRule(ann, "block", senderPattern("evil.example"))
  await people.addRule(ann, "block", senderPattern("worse.example"))
  await store.sql`update sender_rule set action = 'allow' where rule_id = 1`
  const verdict = (from: string) => people.senderRules(id, mailAddress(from), mailAddress(""))
  assert.equal(await verdict("x@evil.example"), "none")
  assert.equal(await verdict("x@worse.example"), "block")
  // Once for each time that the rules were read: news of the second rule may have had them read again.
  const said = log.events.filter(event => event.name === "people.rule-not-ours")
  assert.ok(said.length > 0)
  for (const { fields } of said) assert.deepEqual(fields, { account: id, rules: 1 })
})
