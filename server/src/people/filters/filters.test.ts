import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { setTimeout as wait } from "node:timers/promises"
import { scriptLimits } from "@letterkeep/sieve"
import { systemChance } from "../../ports/chance.ts"
import { type FilterText, filterText } from "../../privacy/index.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import { type AccountId, asId } from "../../store/ids.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { enter } from "../open-test-mail.ts"
import { addPerson, openTestPeople, password } from "../open-test-people.ts"
import { createFilterMemory } from "./filter-memory.ts"
import { type Filters, type FiltersOptions, openFilters } from "./index.ts"
import { createKeptFilters } from "./kept-filters.ts"

async function house(t: TestContext) {
  const parts = await openTestPeople(t)
  const { id } = await addPerson(parts.people)
  const open = async (limits?: FiltersOptions["limits"]): Promise<Filters> => {
    const filters = await openFilters({
      ...parts,
      privacy: testPrivacy,
      chance: systemChance,
      onNotice: (account, notice) => void parts.notices.push([account, notice]),
      ...(limits === undefined ? {} : { limits }),
    })
    t.after(() => filters.close())
    return filters
  }
  return { ...parts, account: id, session: await enter(parts, password), open }
}

const script = 'require "fileinto"; if size :over 1 { fileinto "Big"; redirect "a@b.test"; }\r\n'

const shown = (account: AccountId, text: FilterText): Promise<string> =>
  testPrivacy.gate("mail.organise", { kind: "account", account }, async permit => text.open(permit))

async function namesOf(filters: Filters, session: VaultSession): Promise<string[]> {
  const list = await filters.own.list(session)
  return await Promise.all(
    list.map(async ({ name, isActive }) => `${await shown(session.account, name)}${isActive ? "*" : ""}`),
  )
}

const set = (filters: Filters, session: VaultSession, name: string, text = script) =>
  filters.own.set(session, filterText(name), filterText(text))

test("keeps filters for their owner, one of them at work, as they were written", async t => {
  const { open, session, account, notices } = await house(t)
  const filters = await open()
  assert.equal((await filters.active.find([account])).size, 0)
  for (const name of ["shop", "holiday", "shop"])
    assert.equal((await set(filters, session, name)).kind, "set")
  assert.deepEqual(await namesOf(filters, session), ["shop*", "holiday"])
  const found = await filters.own.show(session, undefined)
  assert.ok(found.kind === "shown")
  assert.equal(await shown(account, found.script), script)
  assert.equal((await filters.own.use(session, filterText("holiday"))).kind, "changed")
  assert.deepEqual(await namesOf(filters, session), ["shop", "holiday*"])
  assert.equal((await filters.own.use(session, undefined)).kind, "none")
  assert.deepEqual(await namesOf(filters, session), ["shop", "holiday"])
  assert.equal((await filters.own.use(session, filterText("none such"))).kind, "refused")
  assert.equal((await filters.own.show(session, undefined)).kind, "refused")
  assert.equal((await filters.own.remove(session, filterText("shop"))).kind, "changed")
  assert.equal((await filters.own.remove(session, filterText("shop"))).kind, "refused")
  assert.deepEqual(await namesOf(filters, session), ["holiday"])
  // Three were set, and one was put to work.
  assert.deepEqual(
    notices,
    Array.from({ length: 4 }, () => [account, "filter-at-work"]),
  )
})

test("refuses a filter that is wrong, without a name, or one too many, and changes nothing", async t => {
  const { open, session } = await house(t)
  const filters = await open()
  const faulty = await set(filters, session, "a", 'fileinto "x";')
  assert.ok(faulty.kind === "faulty" && faulty.faults[0]?.text.includes("fileinto"))
  assert.equal(
    (await set(filters, session, "a", `# ${"x".repeat(scriptLimits.scriptLength)}`)).kind,
    "faulty",
  )
  for (const name of ["", "a\nb", "x".repeat(129)])
    assert.equal((await set(filters, session, name)).kind, "refused")
  assert.deepEqual(await namesOf(filters, session), [])
  for (let n = 0; n < 20; n++) assert.equal((await set(filters, session, `filter ${n}`)).kind, "set")
  assert.equal((await set(filters, session, "another")).kind, "refused")
  assert.equal((await set(filters, session, "filter 7")).kind, "set")
})

test("says at once what runs, on every node, and which commands stand in it", async t => {
  const { open, session, account } = await house(t)
  const [here, there] = [await open(), await open()]
  for (const filters of [here, there]) {
    assert.equal(filters.active.kept([account]), undefined)
    await filters.active.find([account])
    assert.equal(filters.active.kept([account])?.size, 0)
  }
  await set(here, session, "shop")
  assert.equal(here.active.kept([account]), undefined)
  for (const filters of [here, there]) {
    const heard = async () => (await filters.active.find([account])).size === 1
    while (!(await heard()) || filters.active.kept([account]) === undefined) await wait(5)
    const found = filters.active.kept([account])?.get(account)
    assert.ok(found?.kind === "ready")
    assert.deepEqual(found.commands, new Set(["require", "if", "fileinto", "redirect"]))
  }
})

test("runs nothing that was written or switched on in the database, and puts it away with the next change", async t => {
  const { open, session, account, store, log } = await house(t)
  const filters = await open()
  await set(filters, session, "copies")
  await set(filters, session, "harmless", "keep;")
  const written = await store.sql`select script_sealed from filter_script order by filter_id`
  for (const row of written) assert.ok(!Buffer.from(row.script_sealed).includes("fileinto"))

  await store.owner`update filter_script set is_active = not is_active where filter_id = 2`
  await store.owner`update filter_script set is_active = not is_active where filter_id = 1`
  assert.equal((await (await open()).active.find([account])).size, 0)
  await store.owner`update filter_script set is_active = false`
  await store.owner`
    update filter_script set is_active = true, script_sealed = (select script_sealed from filter_script where filter_id = 1)
    where filter_id = 2`
  assert.equal((await (await open()).active.find([account])).size, 0)
  assert.deepEqual(
    log.events.filter(({ name }) => name === "people.filter-not-ours").map(({ fields }) => fields.account),
    [account, account],
  )
  // The first is as it was written again: only the other one's script was swapped.
  assert.deepEqual(await namesOf(filters, session), ["copies"])
  await set(filters, session, "new")
  assert.deepEqual(await namesOf(filters, session), ["copies", "new*"])
})

test("stops a filter for those who run the server, with what they do alongside or not at all", async t => {
  const { open, session, account } = await house(t)
  const filters = await open()
  assert.equal(await filters.own.stop(account, async () => undefined), false)
  await set(filters, session, "shop")
  const failing = filters.own.stop(account, async () => {
    throw new Error("the ledger is full")
  })
  await assert.rejects(failing, /ledger is full/)
  assert.deepEqual(await namesOf(filters, session), ["shop*"])
  assert.equal(await filters.own.stop(account, async () => undefined), true)
  assert.deepEqual(await namesOf(filters, session), ["shop"])
})

test("says of a filter that was stopped why, and believes nobody who changes that in the database", async t => {
  const { open, session, account, store, clock } = await house(t)
  const filters = await open()
  await set(filters, session, "shop")
  const remember = (n: number) =>
    filters.memory.remember([
      { account, kind: "overrun", hash: Buffer.alloc(16, n), until: clock.at + 60_000 },
    ])
  const stop = () => store.transaction(tx => filters.own.stopOverrun(tx, account, { most: 2, each: 3 }))
  await remember(1)
  assert.equal(await stop(), false)
  await remember(2)
  assert.equal(await stop(), true)
  assert.equal(await stop(), false)
  const stopped = async () => (await filters.own.list(session)).map(each => each.stopped)
  assert.deepEqual(await stopped(), ["limits"])
  const shown = await filters.own.show(session, undefined)
  assert.match(shown.kind === "refused" ? shown.text : "", /came to its limits too often/)
  await filters.own.use(session, filterText("shop"))
  assert.deepEqual(await stopped(), [undefined])
  // What was counted before it was put to work again is forgotten.
  await remember(3)
  assert.equal(await stop(), false)
  await filters.own.stop(account, async () => undefined)
  assert.deepEqual(await stopped(), ["staff"])
  await store.owner`update filter_script set stopped = null`
  assert.deepEqual(await stopped(), [])
})

test("a filter that came to its limits rests for a day, and then starts again, unless its owner or the staff chose otherwise", async t => {
  const { open, session, account, store, clock } = await house(t)
  const filters = await open()
  const day = 24 * 60 * 60 * 1000
  const overrun = { account, kind: "overrun", hash: Buffer.alloc(16, 1) } as const
  const stop = async () => {
    await filters.memory.remember([{ ...overrun, until: clock.at + 60_000 }])
    const limits = { most: 1, each: 3 }
    assert.equal(await store.transaction(tx => filters.own.stopOverrun(tx, account, limits)), true)
  }
  const facts = async () =>
    (await filters.own.list(session)).map(({ isActive, stopped }) =>
      isActive ? "works" : (stopped ?? "rests"),
    )
  await set(filters, session, "shop")
  await set(filters, session, "holiday")
  await stop()
  assert.deepEqual(await facts(), ["rests", "limits"])
  clock.at += day - 1
  assert.equal(await filters.own.startRested(), 0)
  clock.at += 1
  assert.equal(await filters.own.startRested(), 1)
  assert.deepEqual(await facts(), ["rests", "works"])
  assert.equal((await filters.active.find([account])).size, 1)

  const choices: readonly (readonly [
    what: string,
    choose: () => Promise<unknown>,
    then: readonly string[],
  ])[] = [
    ["none", () => filters.own.use(session, undefined), ["rests", "rests"]],
    ["another", () => filters.own.use(session, filterText("shop")), ["works", "rests"]],
    ["the staff's", () => filters.own.stop(account, async () => undefined), ["rests", "staff"]],
  ]
  for (const [what, choose, then] of choices) {
    await filters.own.use(session, filterText("holiday"))
    await stop()
    await choose()
    clock.at += day
    assert.equal(await filters.own.startRested(), 0, what)
    assert.deepEqual(await facts(), then, what)
  }
})

test("counts of each hash so many at most", async t => {
  const { account, store, clock } = await house(t)
  const memory = createFilterMemory({ store, clock, chance: systemChance })
  const until = clock.at + 60_000
  assert.equal(await memory.countEach(account, "overrun", 3), 0)
  await memory.remember(
    [1, 1, 1, 1, 1, 2, 2].map(n => ({ account, kind: "overrun", hash: Buffer.alloc(16, n), until })),
  )
  assert.equal(await memory.countEach(account, "overrun", 3), 5)
  assert.equal(await memory.count(account, "overrun"), 7)
})

test("remembers for a time, each kind by itself, and forgets what is old or too much", async t => {
  const { account, store, clock } = await house(t)
  const memory = createFilterMemory({ store, clock, chance: systemChance }, 3)
  const [one, two] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]
  const until = (seconds: number) => clock.at + seconds * 1000
  await memory.remember([
    { account, kind: "copy", hash: one, until: until(60) },
    { account, kind: "copy", hash: one, until: until(60) },
    { account, kind: "answer", hash: two, until: until(120) },
  ])
  assert.equal(await memory.knows(account, "copy", one), true)
  assert.equal(await memory.knows(account, "answer", one), false)
  assert.equal(await memory.count(account, "copy"), 2)
  clock.at += 60_000
  assert.equal(await memory.knows(account, "copy", one), false)
  assert.equal(await memory.knows(account, "answer", two), true)
  assert.equal(await memory.dropOld(), 2)
  await memory.remember(
    [1, 2, 3, 4].map(n => ({ account, kind: "duplicate", hash: Buffer.alloc(16, n), until: until(600 - n) })),
  )
  assert.equal(await memory.dropOld(), 2)
  assert.equal(await memory.knows(account, "answer", two), false)
  assert.equal(await memory.knows(account, "duplicate", Buffer.alloc(16, 3)), true)
  assert.equal(await memory.knows(account, "duplicate", Buffer.alloc(16, 4)), false)
})

test("what is kept ready is bounded by the length of the texts, and the one used longest ago goes", () => {
  const kept = createKeptFilters({ without: 2, characters: 100 })
  const [a, b, c] = [asId<AccountId>(1), asId<AccountId>(2), asId<AccountId>(3)]
  const filter = { kind: "faulty", fault: undefined } as const
  kept.set(a, filter, 40)
  kept.set(b, filter, 40)
  kept.get(a)
  kept.set(c, filter, 40)
  assert.deepEqual(
    [a, b, c].map(id => kept.get(id)),
    [filter, undefined, filter],
  )
  kept.set(c, filter, 101)
  assert.deepEqual(
    [a, c].map(id => kept.get(id)),
    [undefined, undefined],
  )
  kept.set(a, filter, 90)
  assert.equal(kept.get(a), filter)
  kept.forget(a)
  kept.setNone(a)
  assert.equal(kept.get(a), "none")
})
