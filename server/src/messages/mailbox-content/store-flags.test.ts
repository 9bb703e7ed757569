import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { asId, type ModSeq } from "../../store/index.ts"
import type { FlagChange, Mail, MessageRow } from "../mail.ts"
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
import { keywordLimits } from "./keywords.ts"

async function open(t: TestContext, count = 3) {
  const house = await openTestMail(t)
  const { account, mail, signIn } = await house.addAccount()
  await house.append(mail, "INBOX", ...Array.from({ length: count }, (_, n) => incoming(letter(`${n}`))))
  const inbox = await mailboxNamed(mail, "INBOX")
  return { ...house, account, mail, signIn, inbox }
}

const flags = (change: FlagChange["change"], keywords: readonly string[], deleted = false): FlagChange => ({
  change,
  keywords,
  deleted,
})

type Stored = Extract<Awaited<ReturnType<Mail["store"]>>, { kind: "stored" }>

function stored(result: Awaited<ReturnType<Mail["store"]>>): Stored {
  assert.ok(result.kind === "stored", result.kind)
  return result
}

const shown = (rows: readonly MessageRow[]) => rows.map(row => [row.uid, row.keywords.join(" "), row.deleted])

test("sets, adds and removes flags, and tells of all messages as they are afterwards", async t => {
  const house = await open(t)
  const { mail, inbox } = house
  const two = [
    { first: 1, last: 1 },
    { first: 3, last: 9 },
  ]
  const set = stored(await mail.store(inbox.id, two, flags("set", ["$seen", "work"], true)))
  assert.deepEqual(shown(set.rows), [
    [1, "$seen work", true],
    [3, "$seen work", true],
  ])
  await assertCountersRight(house)
  const added = stored(await mail.store(inbox.id, everything, flags("add", ["work", "$flagged"])))
  assert.deepEqual(shown(added.rows), [
    [1, "$flagged $seen work", true],
    [2, "$flagged work", false],
    [3, "$flagged $seen work", true],
  ])
  const removed = stored(await mail.store(inbox.id, two, flags("remove", ["$seen", "none"], true)))
  assert.deepEqual(shown(removed.rows), [
    [1, "$flagged work", false],
    [3, "$flagged work", false],
  ])
  assert.ok(set.modseq < added.modseq && added.modseq < removed.modseq)
  const now = await mailboxNamed(mail, "INBOX")
  assert.deepEqual([now.unseen, now.deleted, now.modseq], [3, 0, removed.modseq])
  assert.deepEqual(await rowsOf(mail, inbox.id, two), removed.rows)
  await assertCountersRight(house)
})

test("what is so already is not changed: it takes no modseq, and nobody is told", async t => {
  const { mail, inbox, store, account } = await open(t)
  const first = stored(await mail.store(inbox.id, everything, flags("add", ["a", "b"])))
  for (const change of [
    flags("add", ["b"]),
    flags("set", ["b", "a", "a"]),
    flags("remove", ["c"], true),
    flags("add", []),
  ]) {
    const again = stored(await mail.store(inbox.id, everything, change))
    assert.deepEqual([again.changed, again.modseq, again.rows], [false, first.modseq, first.rows])
  }
  // One of three differs: only that one takes the new modseq.
  await mail.store(inbox.id, [{ first: 2, last: 2 }], flags("remove", ["a"]))
  const last = stored(await mail.store(inbox.id, everything, flags("set", ["a", "b"])))
  assert.deepEqual(
    last.rows.map(row => row.modseq === last.modseq),
    [false, true, false],
  )
  const [log] = await store.sql`
    select count(*) as n from change where account_id = ${account} and modseq = ${last.modseq}`
  assert.equal(log?.n, 1)
})

test("keywords are the email's and show in all its mailboxes; \\Deleted is the mailbox's alone", async t => {
  const house = await open(t, 1)
  const { mail, inbox } = house
  await mail.copy(inbox.id, everything, "Archive")
  const archive = await mailboxNamed(mail, "Archive")
  const done = stored(await mail.store(inbox.id, everything, flags("set", ["$seen"], true)))
  const [there] = await rowsOf(mail, archive.id)
  assert.deepEqual([there?.keywords, there?.deleted, there?.modseq], [["$seen"], false, done.modseq])
  const after = await mailboxNamed(mail, "Archive")
  assert.deepEqual([after.unseen, after.deleted, after.modseq], [0, 0, done.modseq])
  const marked = stored(await mail.store(archive.id, everything, flags("add", [], true)))
  const [here] = await rowsOf(mail, inbox.id)
  assert.equal(here?.modseq, done.modseq)
  assert.ok(marked.modseq > done.modseq)
  await assertCountersRight(house)
})

test("leaves alone, and names, what has changed since", async t => {
  const { mail, inbox } = await open(t)
  const before = stored(await mail.store(inbox.id, everything, flags("add", ["a"])))
  await mail.store(inbox.id, [{ first: 2, last: 2 }], flags("add", ["b"]))
  const done = stored(await mail.store(inbox.id, everything, flags("add", ["$seen"]), before.modseq))
  assert.deepEqual(done.modified, [2])
  assert.deepEqual(shown(done.rows), [
    [1, "$seen a", false],
    [3, "$seen a", false],
  ])
  assert.deepEqual(shown(await rowsOf(mail, inbox.id, [{ first: 2, last: 2 }])), [[2, "a b", false]])
  // 0: whatever has a modseq has changed since.
  const none = stored(await mail.store(inbox.id, everything, flags("add", ["c"]), asId<ModSeq>(0)))
  assert.deepEqual([none.modified, none.rows, none.changed], [[1, 2, 3], [], false])
})

test("refuses more keywords than a message may have, and keywords that are too long", async t => {
  const house = await open(t)
  const { mail, inbox } = house
  const many = Array.from({ length: keywordLimits.perEmail }, (_, n) => `k${n}`)
  stored(await mail.store(inbox.id, [{ first: 2, last: 2 }], flags("add", many)))
  const over = await mail.store(inbox.id, everything, flags("add", ["one-more"]))
  assert.equal(over.kind, "too-many")
  assert.deepEqual(
    (await rowsOf(mail, inbox.id)).map(row => row.keywords.length),
    [0, keywordLimits.perEmail, 0],
  )
  const long = "x".repeat(keywordLimits.octets)
  stored(await mail.store(inbox.id, [{ first: 1, last: 1 }], flags("add", [long])))
  assert.equal((await mail.store(inbox.id, everything, flags("set", [`${long}x`]))).kind, "too-many")
  assert.equal((await mail.store(inbox.id, everything, flags("set", [...many, long]))).kind, "too-many")
  await assertCountersRight(house)
})

test("says when there is no such mailbox, and nothing of messages that are not there", async t => {
  const { mail, inbox } = await open(t)
  const nowhere = asId<typeof inbox.id>(99)
  assert.deepEqual(await mail.store(nowhere, everything, flags("set", [])), { kind: "no-such-mailbox" })
  const none = stored(await mail.store(inbox.id, [{ first: 50, last: 60 }], flags("set", ["a"])))
  assert.deepEqual([none.rows, none.modified, none.changed], [[], [], false])
})

test("flags ten thousand messages at once", async t => {
  const house = await open(t, 1)
  const { mail, inbox, account } = house
  await fill(house, account, inbox.id, 10_000)
  const done = stored(await mail.store(inbox.id, everything, flags("add", ["$seen"], true)))
  assert.equal(done.rows.length, 10_001)
  assert.ok(done.rows.every(row => row.deleted && row.modseq === done.modseq))
  await assertCountersRight(house)
  const gone = await mail.expunge(inbox.id)
  assert.equal(gone.uids.length, 10_001)
  await assertCountersRight(house)
})
