import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { asId } from "../../store/index.ts"
import { readEntry } from "../entry.ts"
import type { Copied } from "../mail.ts"
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
import { openEntryData } from "../sealed-entry.ts"
import { duplicatesLimit } from "./duplicates.ts"

async function open(t: TestContext, quotaBytes: number | null = null) {
  const house = await openTestMail(t, quotaBytes)
  const { account, mail, session } = await house.addAccount()
  const receivedAt = Date.UTC(2020, 1, 1)
  await house.append(
    mail,
    "INBOX",
    incoming(letter("one"), { receivedAt, keywords: ["$seen"], deleted: true }),
    incoming(letter("two"), { receivedAt, keywords: ["$flagged"] }),
    incoming(letter("three"), { receivedAt }),
  )
  const [inbox, archive] = [await mailboxNamed(mail, "INBOX"), await mailboxNamed(mail, "Archive")]
  return { ...house, account, mail, session, inbox, archive, receivedAt }
}

const pairsOf = (copied: Copied) => (copied.kind === "copied" ? copied.pairs.map(pair => [...pair]) : copied)
const odd = [
  { first: 1, last: 1 },
  { first: 3, last: 3 },
]

test("copies with flags and dates; the copy is the same email in another mailbox", async t => {
  const house = await open(t)
  const { mail, inbox, archive, clock } = house
  clock.at += 60_000
  const copied = await mail.copy(inbox.id, odd, "archive".replace("a", "A"))
  assert.deepEqual(pairsOf(copied), [
    [1, 1],
    [3, 2],
  ])
  assert.ok(copied.kind === "copied")
  assert.equal(copied.uidValidity, archive.uidValidity)
  const [was] = await rowsOf(mail, inbox.id)
  const [is] = await rowsOf(mail, archive.id)
  assert.ok(was && is)
  assert.deepEqual(is, { ...was, uid: 1, modseq: copied.modseq, savedAt: clock.at })
  // No new bytes: the quota counts an email once.
  assert.equal((await mail.quota()).messages, 3)
  // The one that it was copied from has not changed.
  const changes = await mail.changes(inbox.id, inbox.modseq)
  assert.ok("messages" in changes)
  assert.deepEqual(changes.messages, [])
  await assertCountersRight(house)
})

test("a copy into a mailbox that holds the message is another email on the same body", async t => {
  const house = await open(t)
  const { mail, inbox, account, session, store } = house
  const copied = await mail.copy(inbox.id, odd, "INBOX")
  assert.deepEqual(pairsOf(copied), [
    [1, 4],
    [3, 5],
  ])
  const rows = await rowsOf(mail, inbox.id)
  const [first, , , again] = rows
  assert.ok(first && again)
  assert.notEqual(again.email, first.email)
  assert.deepEqual(
    [again.body, again.thread, again.keywords, again.deleted, again.receivedAt],
    [first.body, first.thread, first.keywords, true, house.receivedAt],
  )
  const [entry] = await store.sql<{ data: Buffer; seal_key_id: number }[]>`
    select data, seal_key_id from idx_entry where account_id = ${account} and id = ${again.email}`
  assert.ok(entry)
  const key = await session.sealKey(entry.seal_key_id)
  const read = readEntry(openEntryData(key, { account, ...again }, entry.data, undefined))
  assert.equal(read.envelope.subject, "one")
  await assertCountersRight(house)

  // The body stays until the last of them goes.
  await mail.store(inbox.id, [{ first: 1, last: 1 }], { change: "set", keywords: [], deleted: true })
  await mail.expunge(inbox.id, [{ first: 1, last: 1 }])
  assert.deepEqual(await house.bodyOf(mail, again.body), letter("one"))
  await assertCountersRight(house)
  await mail.expunge(inbox.id, [{ first: 4, last: 4 }])
  await assert.rejects(house.bodyOf(mail, again.body), { name: "DamagedBodyError" })
  await assertCountersRight(house)
})

test("the entry of such a copy is made from the body again where it was merged into the index", async t => {
  const house = await open(t)
  const { mail, inbox, account, session, store } = house
  await store.sql`delete from idx_entry where account_id = ${account}`
  await mail.copy(inbox.id, [{ first: 2, last: 2 }], "INBOX")
  const [, , , made] = await rowsOf(mail, inbox.id)
  assert.ok(made)
  const [entry] = await store.sql<{ data: Buffer; seal_key_id: number }[]>`
    select data, seal_key_id from idx_entry where account_id = ${account} and id = ${made.email}`
  assert.ok(entry)
  const key = await session.sealKey(entry.seal_key_id)
  const sealed = openEntryData(key, { account, ...made }, entry.data, undefined)
  assert.deepEqual([readEntry(sealed).envelope.subject, readEntry(sealed).traceBytes], ["two", 0])
})

test("moves: the message leaves one mailbox as it comes into the other", async t => {
  const house = await open(t)
  const { mail, inbox, archive } = house
  const moved = await mail.move(inbox.id, odd, "Archive")
  assert.deepEqual(pairsOf(moved), [
    [1, 1],
    [3, 2],
  ])
  assert.deepEqual(
    (await rowsOf(mail, inbox.id)).map(row => row.uid),
    [2],
  )
  assert.deepEqual(
    (await rowsOf(mail, archive.id)).map(row => row.email),
    [1, 3],
  )
  const changes = await mail.changes(inbox.id, inbox.modseq)
  assert.ok("vanished" in changes)
  assert.deepEqual([changes.vanished, changes.messages], [[1, 3], []])
  await assertCountersRight(house)
})

test("moves what the target holds too", async t => {
  const house = await open(t)
  const { mail, inbox, archive } = house
  await mail.copy(inbox.id, [{ first: 1, last: 1 }], "Archive")
  const moved = await mail.move(inbox.id, everything, "Archive")
  assert.deepEqual(pairsOf(moved), [
    [1, 2],
    [2, 3],
    [3, 4],
  ])
  assert.equal((await mailboxNamed(mail, "INBOX")).total, 0)
  const rows = await rowsOf(mail, archive.id)
  assert.deepEqual(
    rows.map(row => row.email),
    [1, 4, 2, 3],
  )
  await assertCountersRight(house)
})

test("a move to where the messages are gives them new UIDs", async t => {
  const house = await open(t)
  const { mail, inbox } = house
  assert.deepEqual(pairsOf(await mail.move(inbox.id, odd, "inbox")), [
    [1, 4],
    [3, 5],
  ])
  assert.deepEqual(
    (await rowsOf(mail, inbox.id)).map(row => [row.uid, row.email]),
    [
      [2, 2],
      [4, 1],
      [5, 3],
    ],
  )
  await assertCountersRight(house)
})

test("says what keeps it from copying, and does nothing then", async t => {
  const house = await open(t, 300)
  const { mail, inbox, account, disk } = house
  const nowhere = asId<typeof inbox.id>(99)
  assert.deepEqual(await mail.copy(inbox.id, everything, "Nowhere"), { kind: "no-such-mailbox" })
  assert.deepEqual(await mail.move(nowhere, everything, "Archive"), { kind: "no-such-mailbox" })
  let last: Copied = await mail.copy(inbox.id, everything, "INBOX")
  for (let round = 0; last.kind === "copied" && round < 5; round++)
    last = await mail.copy(inbox.id, everything, "INBOX")
  assert.deepEqual(last, { kind: "over-quota" })
  // The same email in another mailbox takes no room.
  assert.equal((await mail.copy(inbox.id, everything, "Archive")).kind, "copied")
  disk.room = "low"
  assert.deepEqual(await mail.copy(inbox.id, everything, "Archive"), { kind: "disk-low" })
  disk.room = "enough"
  await assertCountersRight(house)
  await fill(house, account, inbox.id, duplicatesLimit + 1)
  assert.equal((await mail.copy(inbox.id, everything, "INBOX")).kind, "too-many")
  await assertCountersRight(house)
})

test("copies and moves nothing where nothing is", async t => {
  const { mail, inbox } = await open(t)
  const far = [{ first: 100, last: 200 }]
  for (const done of [await mail.copy(inbox.id, far, "Archive"), await mail.move(inbox.id, far, "Archive")]) {
    assert.deepEqual(pairsOf(done), [])
    assert.ok(done.kind === "copied")
    assert.equal(done.modseq, inbox.modseq)
  }
})

test("copies and moves ten thousand messages at once", async t => {
  const house = await open(t)
  const { mail, inbox, account } = house
  await fill(house, account, inbox.id, 10_000)
  const copied = await mail.copy(inbox.id, everything, "Archive")
  assert.ok(copied.kind === "copied" && copied.pairs.length === 10_003)
  const moved = await mail.move(inbox.id, everything, "Trash")
  assert.ok(moved.kind === "copied" && moved.pairs.length === 10_003)
  await assertCountersRight(house)
})
