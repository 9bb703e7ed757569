import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { VaultError } from "../../vaults/index.ts"
import { makeHolder } from "../../vaults/open-test-vaults.ts"
import type { AccountIndex } from "./contract.ts"
import { indexFields, openSealedIndex } from "./index.ts"
import { destroyGoneAfter } from "./limits.ts"
import { everywhere, openTestIndex, smallLimits } from "./open-test-index.ts"
import { takeLease } from "./parts.ts"
import { dropOverdueSegments } from "./rebuild.ts"

const letter = (n: number): string =>
  `From: anna${n % 3}@near.test\r\nSubject: Subject ${n}\r\nX-Own: ${n}\r\n\r\nText number${n} all\r\n`
const letters = (count: number, from = 1) => Array.from({ length: count }, (_, at) => letter(from + at))

type House = Awaited<ReturnType<typeof openTestIndex>>
type Account = Awaited<ReturnType<House["addAccount"]>>

/** All messages are listed, and found by what is in all and in one of them. */
async function checkAll(account: Account, index: AccountIndex): Promise<{ sure: number; perhaps: number }> {
  for (const text of ["umber3", "anna1@near", "subject 1", "number7 all"])
    await account.check(index, everywhere(text))
  await account.check(index, { headerName: "x-own" })
  const emails = [...account.messages.keys()]
  const shown = await account.show(index, emails, one => [one.email, one.fields().subject])
  assert.deepEqual(
    shown,
    emails.map(email => [email, /Subject: (.*)\r/.exec(String(account.messages.get(email)))?.[1]]),
  )
  return await account.check(index, everywhere("all"))
}

test("a merge that is broken off anywhere leaves everything as it was", async t => {
  const house = await openTestIndex(t)
  let calls = 0
  let failAt = 0
  const fail = () => {
    if (++calls === failAt) throw new Error("the power has failed")
  }
  const store = {
    ...house.store,
    copyIn: async (...all: Parameters<typeof house.store.copyIn>) => {
      fail()
      await house.store.copyIn(...all)
    },
    transaction: (<T>(work: (tx: never) => Promise<T>) =>
      house.store.transaction(async tx => {
        const result = await work(tx as never)
        fail()
        return result
      })) as typeof house.store.transaction,
  }
  const frail = openSealedIndex({ ...house, store, chance: systemChance, limits: smallLimits })
  t.after(() => frail.close())
  const left = async (account: number) => {
    const [row] = await house.store.sql`
      select (select count(*) from idx_entry where account_id = ${account})::int as entries,
        (select coalesce(sum(docs), 0) from idx_segment where account_id = ${account})::int as docs,
        (select coalesce(sum(pages), 0) from idx_segment where account_id = ${account})::int as said,
        (select count(*) from idx_page where account_id = ${account})::int as pages,
        (select count(*) from idx_segment where account_id = ${account})::int as segments,
        (select count(*) from segment_key where account_id = ${account})::int as keys`
    assert.ok(row)
    return row
  }
  for (failAt = 1; ; failAt++) {
    const anna = await house.addAccount()
    await anna.receive(...letters(24))
    const session = await anna.signIn()
    calls = 0
    const outcome = await frail
      .forSession(session)
      .merge()
      .catch(error => String(error))
    session.close()
    if (outcome === undefined) break
    assert.match(outcome, /power/)
    // What was committed before stays; of the merge that failed nothing does.
    const { entries, docs, said, pages, segments, keys } = await left(anna.account)
    assert.deepEqual([entries + docs, said, segments], [24, pages, keys])
    const mine = house.index.forSession(await anna.signIn())
    assert.deepEqual(await checkAll(anna, mine), { sure: 24, perhaps: 0 })
    await mine.merge()
    assert.deepEqual(await checkAll(anna, mine), { sure: 24, perhaps: 0 })
    assert.equal((await left(anna.account)).segments, 1)
  }
  // Three segments of entries and one of these: each writes its pages, then commits.
  assert.equal(failAt, 9)
})

test("two nodes that merge while mail comes, goes, is listed and sought lose nothing", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  const nodes = await Promise.all(
    [house.index, house.openAnother()].map(async index => index.forSession(await anna.signIn())),
  )
  let over = false
  const reading = async (mine: AccountIndex): Promise<void> => {
    while (!over) {
      const before = [...anna.messages.keys()]
      const found = await mine.find(everywhere("all"))
      const all = new Set([...found.sure, ...found.perhaps])
      assert.deepEqual(
        before.filter(email => anna.messages.has(email) && !all.has(email)),
        [],
      )
      const shown = await anna.show(mine, before, one => one.email)
      for (const [at, email] of before.entries()) if (anna.messages.has(email)) assert.equal(shown[at], email)
    }
  }
  const merging = async (mine: AccountIndex): Promise<void> => {
    while (!over) await mine.merge()
  }
  const work = [...nodes.map(reading), ...nodes.map(merging)]
  for (let round = 0; round < 12; round++) {
    await anna.receive(...letters(10, round * 10))
    const old = [...anna.messages.keys()][round * 3]
    if (old !== undefined) await anna.destroy(old)
  }
  over = true
  await Promise.all(work)
  for (const mine of nodes) {
    await mine.merge()
    assert.deepEqual(await checkAll(anna, mine), { sure: anna.messages.size, perhaps: 0 })
  }
})

for (const [what, damage] of [
  ["a page that has gone", "delete from idx_page where kind = 2 and no = 0"],
  ["a page of summaries that has gone", "delete from idx_page where kind = 1"],
  [
    "a page that was altered",
    "update idx_page set data = set_byte(data, 9, get_byte(data, 9) # 1) where kind = 3",
  ],
  ["all pages", "delete from idx_page"],
  ["a root that was altered", "update idx_segment set root = set_byte(root, 9, get_byte(root, 9) # 1)"],
  ["a segment's row", "delete from idx_segment where level = 1"],
  ["a segment's key", "delete from segment_key"],
  ["a key that was altered", "update segment_key set data = set_byte(data, 9, get_byte(data, 9) # 1)"],
  ["an entry", "delete from idx_entry where id = 26"],
  ["entries that were altered", "update idx_entry set data = set_byte(data, 30, get_byte(data, 30) # 1)"],
  ["everything", "truncate idx_page, idx_segment, idx_entry, segment_key, idx_list"],
] as const)
  test(`what is lost is made again of the messages, and missing in no answer before: ${what}`, async t => {
    const house = await openTestIndex(t)
    const anna = await house.addAccount()
    await anna.receive(...letters(24))
    const first = house.index.forSession(await anna.signIn())
    await first.merge()
    await anna.receive(...letters(4, 25))
    await checkAll(anna, first)
    await house.store.owner.unsafe(damage)
    const session = await anna.signIn()
    const mine = house.openAnother().forSession(session)
    await checkAll(anna, mine)
    await mine.merge()
    assert.deepEqual(await checkAll(anna, mine), { sure: 28, perhaps: 0 })
    const next = house.openAnother().forSession(await anna.signIn())
    assert.deepEqual(await checkAll(anna, next), { sure: 28, perhaps: 0 })
    // Who had the old list in hand comes to the same.
    await checkAll(anna, first)
  })

const alterRoots = `update idx_segment set root = set_byte(root, 9, get_byte(root, 9) # 1)`

test("while a damaged segment cannot be dropped, what was in it is missing in no answer", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  await anna.receive(...letters(24))
  const first = house.index.forSession(await anna.signIn())
  await first.merge()
  first.close()
  await house.store.sql.unsafe(alterRoots)
  let tries = 0
  const store = {
    ...house.store,
    transaction: (<T>(work: (tx: never) => Promise<T>) => {
      tries++
      return house.store.transaction(tx => work(tx as never))
    }) as typeof house.store.transaction,
  }
  const index = openSealedIndex({ ...house, store, chance: systemChance, limits: smallLimits })
  t.after(() => index.close())
  const mine = await house.store.transaction(async tx => {
    assert.ok(await takeLease(tx, anna.account))
    const mine = index.forSession(await anna.signIn())
    await checkAll(anna, mine)
    await mine.merge()
    assert.deepEqual(await checkAll(anna, mine), { sure: 24, perhaps: 0 })
    return mine
  })
  // It does not try again and again meanwhile.
  assert.ok(tries < 12, `${tries} transactions`)
  await mine.merge()
  assert.deepEqual(await checkAll(anna, mine), { sure: 24, perhaps: 0 })
  const [left] = await house.store.sql`
    select (select sum(docs) from idx_segment)::int as docs, (select count(*) from idx_entry)::int as entries`
  assert.deepEqual({ ...left }, { docs: 24, entries: 0 })
})

test("sessions that meet a damaged segment at once all find everything", async t => {
  const house = await openTestIndex(t)
  for (let round = 0; round < 6; round++) {
    const anna = await house.addAccount()
    await anna.receive(...letters(9))
    const first = house.index.forSession(await anna.signIn())
    await first.merge()
    first.close()
    await house.store.sql.unsafe(`${alterRoots} where account_id = ${anna.account}`)
    const nodes = await Promise.all(
      [1, 2, 3].map(async () => house.openAnother().forSession(await anna.signIn())),
    )
    for (let time = 0; time < 3; time++)
      await Promise.all(nodes.map(node => anna.check(node, everywhere("all"))))
    for (const node of nodes) node.close()
  }
})

test("what is made again while a search runs is in its answer", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  // Too few for a segment: the list of segments stays the same.
  await anna.receive(...letters(4))
  await house.store.sql`delete from idx_entry`
  const maker = house.openAnother().forSession(await anna.signIn())
  let isMade = false
  const store = {
    ...house.store,
    ask: (async (where, text, values, read) => {
      const isCount = text.includes("from mail_state")
      if (isCount && !isMade) {
        isMade = true
        await maker.merge()
      }
      return await house.store.ask(where, text, values, read)
    }) as typeof house.store.ask,
  }
  const slow = openSealedIndex({ ...house, store, chance: systemChance, limits: smallLimits })
  t.after(() => slow.close())
  const { sure, perhaps } = await slow.forSession(await anna.signIn()).find(everywhere("all"))
  assert.ok(isMade)
  assert.equal(sure.length + perhaps.length, 4)
})

test("what was deleted leaves the segments at the next merge, when it is much or old", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  const emails = await anna.receive(...letters(24))
  const mine = house.index.forSession(await anna.signIn())
  await mine.merge()
  const docs = async () => {
    const [row] = await house.store.sql`select sum(docs)::int as docs from idx_segment`
    const [left] = await house.store.sql`select count(*)::int as gone from idx_tombstone`
    return [row?.docs, left?.gone]
  }
  await anna.destroy(...emails.slice(0, 2))
  await mine.merge()
  assert.deepEqual(await docs(), [24, 2])
  await checkAll(anna, mine)
  await anna.destroy(...emails.slice(2, 6))
  await mine.merge()
  assert.deepEqual(await docs(), [18, 0])
  assert.deepEqual(await checkAll(anna, mine), { sure: 18, perhaps: 0 })
  await anna.destroy(...emails.slice(6, 7))
  await house.store
    .sql`update idx_tombstone set at = ${new Date(house.clock.now() - 8 * 24 * 60 * 60 * 1000)}`
  await mine.merge()
  assert.deepEqual(await docs(), [17, 0])
  await anna.destroy(...emails.slice(7))
  await mine.merge()
  assert.deepEqual(await docs(), [null, 0])
  const [keys] = await house.store.sql`select count(*)::int as n from segment_key`
  assert.equal(keys?.n, 0)
})

test("after a month a segment that holds what was deleted is destroyed, session or not, and made again", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  const emails = await anna.receive(...letters(24))
  await house.index.forSession(await anna.signIn()).merge()
  await anna.destroy(...emails.slice(0, 1))
  assert.equal(await dropOverdueSegments(house), 0)
  await house.store
    .sql`update idx_tombstone set at = ${new Date(house.clock.now() - destroyGoneAfter - 1000)}`
  assert.equal(await dropOverdueSegments(house), 1)
  const [left] = await house.store.sql`
    select (select count(*) from idx_page)::int as pages, (select count(*) from segment_key)::int as keys,
      (select count(*) from idx_tombstone)::int as gone`
  assert.deepEqual({ ...left }, { pages: 0, keys: 0, gone: 0 })
  const mine = house.openAnother().forSession(await anna.signIn())
  await checkAll(anna, mine)
  await mine.merge()
  assert.deepEqual(await checkAll(anna, mine), { sure: 23, perhaps: 0 })
})

test("after an administrator's reset the new sign-in sees what came since; with the old key all of it, merged", async t => {
  const house = await openTestIndex(t)
  const { store, vaults } = house
  const anna = await house.addAccount()
  const before = await anna.receive(...letters(20))
  const old = house.index.forSession(await anna.signIn())
  await old.merge()
  const later = makeHolder(2)
  await store.transaction(async tx => {
    const key = await vaults.newGeneration(tx, anna.account)
    await vaults.addWraps(tx, anna.account, later, [key])
  })
  vaults.generationBegan(anna.account)
  const after = await anna.receive(...letters(20, 21))
  const mine = house.openAnother().forSession(await anna.signIn(later))
  await mine.merge()
  const shown = await anna.show(mine, [...before, ...after], one => one.email)
  assert.deepEqual(shown, [...before.map(() => undefined), ...after])
  const found = await mine.find(everywhere("all"))
  assert.deepEqual([...found.sure], [...after])
  // The old one cannot read what it would have to write.
  await old.merge()
  const oldShown = await anna.show(
    house.openAnother().forSession(await anna.signIn()),
    before,
    one => one.email,
  )
  assert.deepEqual(oldShown, before)
  const both = vaults.openSession(anna.account, [
    ...(await vaults.openWraps(anna.account, anna.holder)),
    ...(await vaults.openWraps(anna.account, later)),
  ])
  t.after(() => both.close())
  const all = house.openAnother().forSession(both)
  await all.merge()
  assert.deepEqual(await checkAll(anna, all), { sure: 40, perhaps: 0 })
})

test("a session that has ended lists and finds nothing, and keeps nothing in memory", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  const emails = await anna.receive(...letters(10))
  const session = await anna.signIn()
  const mine = house.index.forSession(session)
  await mine.merge()
  await mine.find(everywhere("all"))
  session.close()
  const isClosed = (error: unknown) => error instanceof VaultError && error.code === "session-closed"
  await assert.rejects(mine.find(everywhere("all")), isClosed)
  await assert.rejects(async () => {
    for await (const _ of mine.summaries(emails)) assert.fail("shown")
  }, isClosed)
  await assert.rejects(mine.merge(), isClosed)
})

test("a search is given up when its signal says so", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  await anna.receive(...letters(10))
  const mine = house.index.forSession(await anna.signIn())
  const given = new AbortController()
  given.abort(new Error("enough"))
  await assert.rejects(mine.find(everywhere("all"), { signal: given.signal }), /enough/)
})

test("looks among the messages that are asked about alone", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  const emails = await anna.receive(...letters(30))
  const mine = house.index.forSession(await anna.signIn())
  await mine.merge()
  const [from, to] = [emails[5], emails[26]]
  assert.ok(from && to)
  const found = await mine.find({ fields: indexFields, text: "all" }, { among: { from, to } })
  assert.deepEqual([...found.sure], emails.slice(5, 27))
})

test("no word of a message lies readable in the index", async t => {
  const house = await openTestIndex(t)
  const anna = await house.addAccount()
  await anna.receive(...letters(20).map(text => text.replace("all", "canaryword kanarienvogel")))
  await house.index.forSession(await anna.signIn()).merge()
  for (const query of [
    "select data from idx_page",
    "select root as data from idx_segment",
    "select data from idx_entry",
    "select data from segment_key",
  ]) {
    const rows = await house.store.sql.unsafe<{ data: Buffer }[]>(query)
    assert.ok(rows.length > 0)
    for (const { data } of rows) {
      const text = data.toString("latin1").toLowerCase()
      for (const word of ["canary", "kanarien", "subject", "anna", "number"]) assert.ok(!text.includes(word))
    }
  }
  const sizes = await house.store.sql<{ sizes: number }[]>`
    select count(distinct octet_length(data)) as sizes from idx_page group by kind`
  assert.deepEqual(new Set(sizes.map(each => each.sizes)), new Set([1]))
})
