import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import type { Tx } from "../../store/index.ts"
import { openTestVaults } from "../../vaults/open-test-vaults.ts"
import type { LedgerEvent } from "../ledger/contract.ts"
import { writeLeaf } from "../ledger/leaf.ts"
import { macOfWaiting } from "../ledger/waiting-mac.ts"
import { canonicalText, type PolicyDocument, sha256Of } from "./document.ts"
import { policyInEffect } from "./in-effect.ts"
import { openPolicy } from "./open-policy.ts"
import { publishPolicy } from "./publish.ts"
import {
  openPublishedPolicy,
  type PlacedVersion,
  type PublishedPolicy,
  VERSIONS_ON_A_PAGE,
} from "./published.ts"
import { testDocument, testFacts } from "./test-policy.ts"
import type { VersionVaults } from "./version-rows.ts"

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

const inEffect = policyInEffect()

function recordingLedger(vaults: VersionVaults, fails = false) {
  const events: LedgerEvent[] = []
  const ledger = {
    async record(tx: Tx, subject: number | null, event: LedgerEvent) {
      assert.equal(subject, null)
      if (fails) throw new Error("the ledger is not to be had")
      const data = writeLeaf(event.kind, { kind: "public", detail: Buffer.from(JSON.stringify(event)) })
      await tx`insert into ledger_waiting (data, mac, created_at)
        values (${data}, ${macOfWaiting(vaults, data, 1)}, ${new Date(1)})`
      events.push(event)
    },
  }
  return { events, ledger }
}

async function whole(policy: PublishedPolicy, label: string): Promise<PlacedVersion | undefined> {
  const read = await policy.read(label)
  return read?.kind === "altered" ? assert.fail(`${label} was altered`) : read
}

test("what is new is published, with its hash in the ledger; what is not new is not", async t => {
  const { store, vaults } = await openTestVaults(t)
  const { events, ledger } = recordingLedger(vaults)
  const clock = { now: () => Date.UTC(2026, 10, 26) }
  assert.equal((await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("one"))).isNew, true)
  assert.equal((await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("one"))).isNew, false)
  assert.equal((await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("two"))).isNew, true)
  assert.equal(
    (await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("three", 2))).isNew,
    true,
  )
  assert.equal(
    (await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("one"))).isNew,
    true,
    "an older release came back",
  )
  const policy = openPublishedPolicy(store, vaults, clock)
  const { versions = [] } = (await policy.list(1)) ?? {}
  assert.deepEqual(
    versions.map(one => one.label),
    ["1.3", "2", "1.2", "1"],
  )
  assert.deepEqual(
    events,
    versions.toReversed().map(({ label, sha256 }, at) => ({
      kind: "policy-version",
      version: Number.parseInt(label, 10),
      edition: Number(label.split(".")[1] ?? "1"),
      number: at + 1,
      sha256,
    })),
  )
  for (const { label, sha256 } of versions) {
    const read = await whole(policy, label)
    assert.equal(sha256Of(read?.text ?? ""), sha256)
  }
  assert.deepEqual((await whole(policy, "2"))?.document, said("three", 2))
  for (const none of ["3", "1.4", "", "1.1", "2.0"]) assert.equal(await policy.read(none), undefined, none)
})

test("each of thousands of versions is listed once and can be read, with the one before it and the day when it ended", async t => {
  const { store, vaults } = await openTestVaults(t)
  const all = 2_345
  await store.owner`
    insert into policy_version (number, rules, edition, canonical, sha256, published_at)
    select n, 1, n, text, encode(sha256(convert_to(text, 'UTF8')), 'hex'), to_timestamp(n)
      from (select n, replace(${canonicalText(said("number N"))}, 'number N', 'number ' || n) as text
        from generate_series(1, ${all}) n) made`
  // of before rows had a MAC: the ledger was told of each
  await store.owner`
    insert into ledger_leaf (leaf, data, hash, created_at)
    select number, convert_to('letterkeep ledger 1' || chr(10) || 'policy-version' || chr(10) || 'public {"kind":"policy-version","version":1,"sha256":"'
      || sha256 || '"}' || chr(10), 'UTF8'), convert_to(number::text, 'UTF8'), now() from policy_version`
  await store.owner`insert into ledger_checkpoint (size, note, created_at) values (${all + 1}, 'a note', now())`
  const policy = openPublishedPolicy(store, vaults, { now: () => 1 })
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
    const { document, before, until } = (await whole(policy, label)) ?? {}
    return [document?.sections[0]?.statements[0]?.text, before, until]
  }
  assert.deepEqual(await read("1"), ["number 1", undefined, 2_000])
  assert.deepEqual(await read("1.1234"), ["number 1234", "1.1233", 1_235_000])
  assert.deepEqual(await read(`1.${all}`), [`number ${all}`, `1.${all - 1}`, undefined])
})

test("a process works under the edition that it publishes, or finds published, from the event of it on", async t => {
  const { store, vaults } = await openTestVaults(t)
  const process = policyInEffect()
  const recorded: string[] = []
  const ledger = {
    async record() {
      recorded.push(process.label())
    },
  }
  const parts = { store, vaults, ledger, clock: { now: () => 1 }, inEffect: process }
  assert.equal(process.label(), "1")
  for (const text of ["one", "two", "two"]) await publishPolicy(parts, said(text))
  assert.deepEqual(recorded, ["1", "1.2"])
  const other = policyInEffect()
  await publishPolicy({ ...parts, inEffect: other }, said("two"))
  assert.equal(other.label(), "1.2")
  assert.equal(recorded.length, 2)
})

test("nodes that start together publish once", async t => {
  const { store, vaults } = await openTestVaults(t)
  const { events, ledger } = recordingLedger(vaults)
  const clock = { now: () => 1 }
  const came = await Promise.all(
    Array.from({ length: 4 }, () => publishPolicy({ store, vaults, ledger, clock, inEffect }, said("one"))),
  )
  assert.equal(came.filter(one => one.isNew).length, 1)
  assert.equal(events.length, 1)
})

test("a version that the ledger did not take is not published", async t => {
  const { store, vaults } = await openTestVaults(t)
  const { ledger } = recordingLedger(vaults, true)
  await assert.rejects(
    publishPolicy({ store, vaults, ledger, clock: { now: () => 1 }, inEffect }, said("one")),
  )
  const policy = openPublishedPolicy(store, vaults, { now: () => 1 })
  assert.equal(await policy.newest(), undefined)
  assert.equal(await policy.list(1), undefined)
})

test("a version that another node published is seen within a minute", async t => {
  const { store, vaults } = await openTestVaults(t)
  const { ledger } = recordingLedger(vaults)
  let now = 0
  const clock = { now: () => now }
  await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("one"))
  const policy = openPublishedPolicy(store, vaults, clock)
  assert.equal((await policy.newest())?.label, "1")
  await publishPolicy({ store, vaults, ledger, clock, inEffect }, said("two"))
  assert.equal((await policy.newest())?.label, "1")
  now = 60_000
  assert.equal((await policy.newest())?.label, "1.2")
})

const sold = canonicalText(said("we sell all of it"))
const alterations: readonly [what: string, change: string][] = [
  ["text", `update policy_version set canonical = '${sold}' where number = 1`],
  [
    "text and hash",
    `update policy_version set canonical = '${sold}', sha256 = '${sha256Of(sold)}' where number = 1`,
  ],
  [
    "text and hash, with no MAC",
    `update policy_version set canonical = '${sold}', sha256 = '${sha256Of(sold)}', mac = null where number = 1`,
  ],
  ["time", "update policy_version set published_at = now() where number = 1"],
  ["number", "update policy_version set number = 9 where number = 1"],
  ["place with another's", "update policy_version set edition = 3 - edition"],
  ["time, with no MAC", "update policy_version set published_at = now(), mac = null where number = 1"],
  ["number, with no MAC", "update policy_version set number = 9, mac = null where number = 1"],
  ["place, with no MAC", "update policy_version set edition = 3 - edition, mac = null"],
]
for (const [what, change] of alterations)
  test(`a version whose ${what} somebody changed in the database is shown as altered, and not its text`, async t => {
    const { store, vaults } = await openTestVaults(t)
    const parts = { store, vaults, ledger: recordingLedger(vaults).ledger, clock: { now: () => 1 }, inEffect }
    for (const text of ["one", "two"]) await publishPolicy(parts, said(text))
    const drop = "drop index policy_version_label"
    await store.owner.unsafe(`${drop}; ${change}`)
    const policy = openPublishedPolicy(store, vaults, parts.clock)
    assert.deepEqual(await policy.read("1"), { kind: "altered", label: "1" })
    const { versions = [] } = (await policy.list(1)) ?? {}
    assert.equal(versions.find(one => one.label === "1")?.isOurs, false)
  })

/** Of before rows had a MAC and events a number, with what the ledger was told then: 1, 1.2 and 2. */
async function publishedBefore(t: TestContext) {
  const { store, vaults } = await openTestVaults(t)
  const at = Date.UTC(2026, 0, 1)
  for (const [index, [rules, edition]] of (
    [
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const
  ).entries()) {
    const number = index + 1
    const text = canonicalText(said("as before", rules))
    const sha256 = sha256Of(text)
    const event = {
      at: new Date(at + number + 5).toISOString(),
      kind: "policy-version",
      sha256,
      version: rules,
    }
    const data = writeLeaf("policy-version", { kind: "public", detail: Buffer.from(JSON.stringify(event)) })
    await store.owner`
      insert into policy_version (number, rules, edition, canonical, sha256, published_at)
      values (${number}, ${rules}, ${edition}, ${text}, ${sha256}, ${new Date(at + number)})`
    await store.owner`
      insert into ledger_leaf (leaf, data, hash, created_at) values (${number - 1}, ${data}, ${data}, now())`
  }
  await store.owner`insert into ledger_checkpoint (size, note, created_at) values (3, 'a note', now())`
  const open = (sql = store.sql) => openPublishedPolicy({ ...store, sql }, vaults, { now: () => 1 })
  const judged = async (policy = open()) =>
    ((await policy.list(1))?.versions ?? []).map(({ label, isOurs }) => [label, isOurs])
  return { store, open, judged }
}

test("what was published before there were MACs is shown as long as it is as the ledger was told", async t => {
  const { store, judged } = await publishedBefore(t)
  assert.deepEqual(await judged(), [
    ["2", true],
    ["1.2", true],
    ["1", true],
  ])
  await store.owner`update policy_version set published_at = published_at + interval '1 day' where number = 1`
  assert.deepEqual(await judged(), [
    ["2", true],
    ["1.2", true],
    ["1", false],
  ])
  await store.owner`update policy_version set edition = 7 where number = 2`
  assert.deepEqual(await judged(), [
    ["2", true],
    ["1.7", false],
    ["1", false],
  ])
  await store.owner`update policy_version set number = 4 where number = 3`
  assert.deepEqual(await judged(), [
    ["2", false],
    ["1.7", false],
    ["1", false],
  ])
})

test("a leaf that nobody signed vouches for no version", async t => {
  const { store, judged } = await publishedBefore(t)
  await store.owner`insert into policy_version (number, rules, edition, canonical, sha256, published_at)
    select 4, 2, 2, canonical, sha256, published_at from policy_version where number = 3`
  await store.owner`insert into ledger_leaf (leaf, data, hash, created_at)
    select 3, data, 'x', created_at from ledger_leaf where leaf = 2`
  assert.deepEqual((await judged())[0], ["2.2", false])
})

test("what the ledger was told is asked for again where it could not be read", async t => {
  const { store, open, judged } = await publishedBefore(t)
  let fails = true
  const unsafe = (text: string, ...more: never[]) =>
    fails && text.includes("ledger_leaf")
      ? Promise.reject(new Error("cut off"))
      : store.sql.unsafe(text, ...more)
  const policy = open(
    new Proxy(store.sql, { get: (sql, name) => (name === "unsafe" ? unsafe : Reflect.get(sql, name)) }),
  )
  await assert.rejects(judged(policy), /cut off/)
  fails = false
  assert.deepEqual(await judged(policy), [
    ["2", true],
    ["1.2", true],
    ["1", true],
  ])
})

test("what was last published is published again where somebody altered it", async t => {
  const { store, vaults } = await openTestVaults(t)
  const parts = { store, vaults, ledger: recordingLedger(vaults).ledger, clock: { now: () => 1 }, inEffect }
  await publishPolicy(parts, said("one"))
  await store.owner`update policy_version set published_at = now()`
  assert.deepEqual(await publishPolicy(parts, said("one")), { label: "1.2", isNew: true })
  assert.deepEqual(await publishPolicy(parts, said("one")), { label: "1.2", isNew: false })
  const policy = openPublishedPolicy(store, vaults, parts.clock)
  assert.deepEqual((await whole(policy, "1.2"))?.document, said("one"))
})

test("versions that somebody took out of the database are missed, and their labels are not given again", async t => {
  const { store, vaults } = await openTestVaults(t)
  const parts = { store, vaults, ledger: recordingLedger(vaults).ledger, clock: { now: () => 1 }, inEffect }
  for (const text of ["one", "two", "three", "four"]) await publishPolicy(parts, said(text))
  await store.owner`delete from policy_version where number in (2, 4)`
  assert.deepEqual(await publishPolicy(parts, said("three")), { label: "1.5", isNew: true })
  const { versions = [] } = (await openPublishedPolicy(store, vaults, parts.clock).list(1)) ?? {}
  assert.deepEqual(
    versions.map(({ label, missing }) => [label, missing]),
    [
      ["1.5", 1],
      ["1.3", 1],
      ["1", 0],
    ],
  )
})

test("versions that somebody took out at the end are missed by the ledger, on every page that says what is in effect", async t => {
  const { store, vaults } = await openTestVaults(t)
  let now = 1
  const clock = { now: () => now }
  const parts = { store, vaults, ledger: recordingLedger(vaults).ledger, clock, inEffect }
  for (const text of ["one", "two", "three", "four"]) await publishPolicy(parts, said(text))
  const policy = openPublishedPolicy(store, vaults, clock)
  const missing = async () => ({
    newest: [(await policy.newest())?.label, (await policy.newest())?.missingAfter],
    list: (await policy.list(1))?.missingAfter,
    read: [(await whole(policy, "1"))?.missingAfter, (await whole(policy, "1.3"))?.missingAfter],
  })
  assert.deepEqual(await missing(), { newest: ["1.4", 0], list: 0, read: [0, 0] })
  await store.owner`delete from policy_version where number in (2, 4)`
  now += 60_000
  assert.deepEqual(await missing(), { newest: ["1.3", 1], list: 1, read: [1, 1] })
  await store.owner`
    insert into ledger_waiting (data, mac, created_at)
    select data, '', now() from ledger_waiting, generate_series(1, 5001)`
  now += 60_000
  assert.deepEqual(await missing(), { newest: ["1.3", "unknown"], list: "unknown", read: [1, "unknown"] })
})

test("the policy of a real database says of each category what its columns' tags say", async t => {
  const { store, vaults } = await openTestVaults(t)
  const { ledger } = recordingLedger(vaults)
  const policy = await openPolicy({
    store,
    vaults,
    ledger,
    clock: { now: () => 1 },
    facts: testFacts,
    inEffect,
  })
  const { document } = (await whole(policy, "1")) ?? { document: testDocument() }
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
