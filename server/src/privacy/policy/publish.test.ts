import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestStore } from "../../store/test-store.ts"
import type { LedgerEvent } from "../ledger/contract.ts"
import { canonicalText, type PolicyDocument, sha256Of } from "./document.ts"
import { openPolicy } from "./open-policy.ts"
import { publishPolicy } from "./publish.ts"
import { openPublishedPolicy, VERSIONS_ON_A_PAGE } from "./published.ts"
import { testDocument, testFacts } from "./test-policy.ts"

const said = (text: string, rules = 1): PolicyDocument => ({
  format: 1,
  rules,
  sections: [
    {
      id: "x",
      title: "X",
      statements: [{ id: "a", term: "", text, facts: [], source: "words", promises: [] }],
    },
  ],
})

function recordingLedger(fails = false) {
  const events: LedgerEvent[] = []
  const ledger = {
    async record(_tx: unknown, subject: number | null, event: LedgerEvent) {
      assert.equal(subject, null)
      if (fails) throw new Error("the ledger is not to be had")
      events.push(event)
    },
  }
  return { events, ledger }
}

test("what is new is published, with its hash in the ledger; what is not new is not", async t => {
  const store = await openTestStore(t)
  const { events, ledger } = recordingLedger()
  const clock = { now: () => Date.UTC(2026, 10, 26) }
  assert.equal(await publishPolicy({ store, ledger, clock }, said("one")), true)
  assert.equal(await publishPolicy({ store, ledger, clock }, said("one")), false)
  assert.equal(await publishPolicy({ store, ledger, clock }, said("two")), true)
  assert.equal(await publishPolicy({ store, ledger, clock }, said("three", 2)), true)
  assert.equal(await publishPolicy({ store, ledger, clock }, said("one")), true, "an older release came back")
  const policy = openPublishedPolicy(store, clock)
  const { versions = [] } = (await policy.list(1)) ?? {}
  assert.deepEqual(
    versions.map(one => one.label),
    ["1.3", "2", "1.2", "1"],
  )
  assert.deepEqual(
    events,
    versions
      .toReversed()
      .map(({ label, sha256 }) => ({ kind: "policy-version", version: Number.parseInt(label, 10), sha256 })),
  )
  for (const { label, sha256 } of versions) {
    const read = await policy.read(label)
    assert.equal(sha256Of(read?.text ?? ""), sha256)
  }
  assert.deepEqual((await policy.read("2"))?.document, said("three", 2))
  for (const none of ["3", "1.4", "", "1.1", "2.0"]) assert.equal(await policy.read(none), undefined, none)
})

test("each of thousands of versions is listed once and can be read, with the one before it and the day when it ended", async t => {
  const store = await openTestStore(t)
  const all = 2_345
  await store.owner`
    insert into policy_version (number, rules, edition, canonical, sha256, published_at)
    select n, 1, n, text, encode(sha256(convert_to(text, 'UTF8')), 'hex'), to_timestamp(n)
      from (select n, replace(${canonicalText(said("number N"))}, 'number N', 'number ' || n) as text
        from generate_series(1, ${all}) n) made`
  const policy = openPublishedPolicy(store, { now: () => 1 })
  const listed: string[] = []
  const pages = Math.ceil(all / VERSIONS_ON_A_PAGE)
  for (let page = 1; page <= pages; page++) {
    const list = await policy.list(page)
    assert.ok(list)
    assert.deepEqual([list.page, list.pages], [page, pages])
    assert.ok(list.versions.length <= VERSIONS_ON_A_PAGE)
    listed.push(...list.versions.map(one => one.label))
    const after = all - listed.length
    assert.equal(list.before, after === 0 ? undefined : after === 1 ? "1" : `1.${after}`)
  }
  assert.deepEqual(listed, [...Array.from({ length: all - 1 }, (_, at) => `1.${all - at}`), "1"])
  for (const page of [0, -1, pages + 1]) assert.equal(await policy.list(page), undefined)
  const read = async (label: string) => {
    const { document, before, until } = (await policy.read(label)) ?? {}
    return [document?.sections[0]?.statements[0]?.text, before, until]
  }
  assert.deepEqual(await read("1"), ["number 1", undefined, 2_000])
  assert.deepEqual(await read("1.1234"), ["number 1234", "1.1233", 1_235_000])
  assert.deepEqual(await read(`1.${all}`), [`number ${all}`, `1.${all - 1}`, undefined])
})

test("nodes that start together publish once", async t => {
  const store = await openTestStore(t)
  const { events, ledger } = recordingLedger()
  const clock = { now: () => 1 }
  const came = await Promise.all(
    Array.from({ length: 4 }, () => publishPolicy({ store, ledger, clock }, said("one"))),
  )
  assert.equal(came.filter(Boolean).length, 1)
  assert.equal(events.length, 1)
})

test("a version that the ledger did not take is not published", async t => {
  const store = await openTestStore(t)
  const { ledger } = recordingLedger(true)
  await assert.rejects(publishPolicy({ store, ledger, clock: { now: () => 1 } }, said("one")))
  const policy = openPublishedPolicy(store, { now: () => 1 })
  assert.equal(await policy.newest(), undefined)
  assert.equal(await policy.list(1), undefined)
})

test("a version that another node published is seen within a minute", async t => {
  const store = await openTestStore(t)
  const { ledger } = recordingLedger()
  let now = 0
  const clock = { now: () => now }
  await publishPolicy({ store, ledger, clock }, said("one"))
  const policy = openPublishedPolicy(store, clock)
  assert.equal((await policy.newest())?.label, "1")
  await publishPolicy({ store, ledger, clock }, said("two"))
  assert.equal((await policy.newest())?.label, "1")
  now = 60_000
  assert.equal((await policy.newest())?.label, "1.2")
})

test("a text that somebody changed in the database is not shown", async t => {
  const store = await openTestStore(t)
  const { ledger } = recordingLedger()
  const clock = { now: () => 1 }
  await publishPolicy({ store, ledger, clock }, said("one"))
  await store.owner`update policy_version set canonical = ${canonicalText(said("we sell all of it"))}`
  await assert.rejects(openPublishedPolicy(store, clock).read("1"), { name: "PolicyTextError" })
})

test("the policy of a real database says of each category what its columns' tags say", async t => {
  const store = await openTestStore(t)
  const { ledger } = recordingLedger()
  const policy = await openPolicy({ store, ledger, clock: { now: () => 1 }, facts: testFacts })
  const { document } = (await policy.read("1")) ?? { document: testDocument() }
  const [metadata] = document.sections
    .flatMap(section => section.statements)
    .filter(one => one.id === "user.communications.metadata")
  const kept = metadata?.facts.find(([label]) => label === "Kept")?.[1].split("; ") ?? []
  const tags = await store.sql<{ tag: string }[]>`
    select distinct split_part(d.description, ' | ', 3) as tag from pg_description d
     where d.description like 'user.communications.metadata | %'`
  assert.ok(tags.length > 3)
  assert.deepEqual(new Set(kept), new Set(tags.map(one => one.tag)))
  const receive = policy.record.activities.find(one => one.id === "mail.screen")
  assert.ok(receive?.categories.some(one => one.columns.length > 0 || one.held === "passing"))
  assert.deepEqual(
    receive?.recipients.map(one => one.id),
    ["dns"],
  )
})
