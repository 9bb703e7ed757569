import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { asId, type ModSeq } from "../../store/index.ts"
import {
  assertCountersRight,
  everything,
  fill,
  incoming,
  letter,
  mailboxNamed,
  openTestMail,
  rowsOf,
} from "../open-test-mail.ts"
import { dropOldChanges } from "../retention.ts"

const day = 24 * 60 * 60 * 1000

async function open(t: TestContext, count: number) {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  if (count > 0)
    await house.append(mail, "INBOX", ...Array.from({ length: count }, (_, n) => incoming(letter(`${n}`))))
  const inbox = await mailboxNamed(mail, "INBOX")
  const mark = async (first: number, last: number) => {
    const range = [{ first, last }]
    const done = await mail.store(inbox.id, range, { change: "add", keywords: [], deleted: true })
    assert.ok(done.kind === "stored")
    return done.modseq
  }
  const changes = async (since: number) => {
    const found = await mail.changes(inbox.id, asId<ModSeq>(since))
    assert.ok("messages" in found)
    return found
  }
  return { ...house, account, mail, inbox, mark, changes }
}

test("a snapshot holds what is there, and up to which change", async t => {
  const { mail, inbox, account, receive, mark } = await open(t, 4)
  await mark(2, 3)
  const gone = await mail.expunge(inbox.id)
  assert.deepEqual(gone.uids, [2, 3])
  const snapshot = await mail.snapshot(inbox.id)
  assert.ok(snapshot)
  assert.deepEqual([[...snapshot.uids], [...snapshot.emails], snapshot.modseq], [[1, 4], [1, 4], gone.modseq])
  assert.deepEqual(snapshot.mailbox, await mailboxNamed(mail, "INBOX"))
  await receive(account, letter("new"))
  const later = await mail.snapshot(inbox.id)
  assert.deepEqual([...(later?.uids ?? [])], [1, 4, 5])
  const junk = await mail.snapshot((await mailboxNamed(mail, "Junk")).id)
  assert.deepEqual([junk?.uids.length, junk?.modseq], [0, later?.modseq])
})

test("tells what is new, what has changed and what has gone since", async t => {
  const house = await open(t, 4)
  const { mail, inbox, account, receive, mark, changes } = house
  const start = (await mail.snapshot(inbox.id))?.modseq ?? 0
  const none = await changes(start)
  assert.deepEqual([none.messages, none.vanished, none.complete, none.modseq], [[], [], true, start])
  await mark(2, 2)
  await mail.expunge(inbox.id)
  await mail.store(inbox.id, [{ first: 3, last: 3 }], { change: "add", keywords: ["$seen"], deleted: false })
  await mail.move(inbox.id, [{ first: 4, last: 4 }], "Archive")
  await receive(account, letter("new"))
  const all = await changes(start)
  assert.deepEqual(
    all.messages.map(row => [row.uid, row.keywords]),
    [
      [3, ["$seen"]],
      [5, []],
    ],
  )
  assert.deepEqual([all.vanished, all.complete], [[2, 4], true])
  assert.deepEqual((await changes(all.modseq)).messages, [])
  assert.deepEqual(await rowsOf(mail, inbox.id, everything, start), all.messages)
  await assertCountersRight(house)
})

test("says when the log does not reach back so far, or the future is asked for", async t => {
  const { mail, inbox, mark, changes, store, clock, account } = await open(t, 3)
  const [first, second] = [await mark(1, 1), await mark(2, 2)]
  const { modseq } = await mail.expunge(inbox.id)
  await store.sql`update change set at = ${new Date(clock.at - 31 * day)}
    where account_id = ${account} and modseq <= ${second}`
  assert.equal((await changes(first)).complete, true)
  await dropOldChanges(store, clock)
  assert.deepEqual([first, second, modseq].map(async since => (await changes(since)).complete).length, 3)
  assert.equal((await changes(first)).complete, false)
  assert.equal((await changes(second)).complete, true)
  assert.deepEqual((await changes(second)).vanished, [1, 2])
  assert.equal((await changes(modseq)).complete, true)
  assert.equal((await changes(modseq + 1)).complete, false)
  // With the whole log gone, the newest state is still known.
  await store.sql`update change set at = ${new Date(clock.at - 31 * day)} where account_id = ${account}`
  await dropOldChanges(store, clock)
  assert.equal((await changes(modseq)).complete, true)
  assert.equal((await changes(second)).complete, false)
})

test("reads rows in pages, of many ranges and of gaps, and those that changed since", async t => {
  const house = await open(t, 0)
  const { mail, inbox, account } = house
  await fill(house, account, inbox.id, 3_000)
  const pages: number[] = []
  for await (const page of mail.rows(inbox.id, everything)) pages.push(page.length)
  assert.ok(pages.length > 2 && pages.reduce((sum, length) => sum + length, 0) === 3_000)
  // Every third, and far beyond the end.
  const thirds = Array.from({ length: 2_000 }, (_, n) => ({ first: 3 * n + 1, last: 3 * n + 1 }))
  assert.deepEqual(
    (await rowsOf(mail, inbox.id, thirds)).map(row => row.uid),
    Array.from({ length: 1_000 }, (_, n) => 3 * n + 1),
  )
  await mail.store(inbox.id, [{ first: 1, last: 2_999 }], { change: "set", keywords: [], deleted: true })
  await mail.expunge(inbox.id, [{ first: 2, last: 2_998 }])
  const before = await mail.snapshot(inbox.id)
  assert.deepEqual([...(before?.uids ?? [])], [1, 2_999, 3_000])
  assert.deepEqual(
    await rowsOf(mail, inbox.id),
    await rowsOf(mail, inbox.id, thirds.concat(everything).slice(-1)),
  )
  const modseq = before?.modseq ?? 0
  await mail.store(inbox.id, [{ first: 3_000, last: 3_000 }], {
    change: "set",
    keywords: ["a"],
    deleted: false,
  })
  assert.deepEqual(
    (await rowsOf(mail, inbox.id, everything, modseq)).map(row => row.uid),
    [3_000],
  )
  assert.deepEqual(await rowsOf(mail, inbox.id, []), [])
  await assertCountersRight(house)
})

test("a snapshot of many messages takes little time", async t => {
  const house = await open(t, 0)
  const { mail, inbox, account } = house
  await fill(house, account, inbox.id, 100_000)
  await mail.snapshot(inbox.id)
  const start = performance.now()
  const snapshot = await mail.snapshot(inbox.id)
  const ms = performance.now() - start
  assert.equal(snapshot?.uids.length, 100_000)
  t.diagnostic(`${Math.round(ms)} ms`)
})
