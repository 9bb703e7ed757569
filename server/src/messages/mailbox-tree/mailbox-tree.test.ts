import assert from "node:assert/strict"
import { test } from "node:test"
import { opened } from "../../privacy/test-privacy.ts"
import type { ModSeq } from "../../store/index.ts"
import { changeOp, changeType } from "../changes.ts"
import type { Mail, MailboxEdit } from "../mail.ts"
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
import { mailboxLimits } from "./names.ts"

const namesOf = async (mail: Mail): Promise<string[]> =>
  (await mail.mailboxes()).map(({ name }) => opened(name))
const whyOf = (edit: MailboxEdit): string => (edit.kind === "refused" ? edit.why : edit.kind)
const first = ["INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"]

test("makes a mailbox with the levels above it, once, under the name it will have", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  assert.equal(whyOf(await mail.createMailbox("Work/2026/Offers/")), "done")
  assert.deepEqual(await namesOf(mail), [...first, "Work", "Work/2026", "Work/2026/Offers"])
  const made = await mailboxNamed(mail, "Work/2026/Offers")
  assert.deepEqual(
    [made.role, made.subscribed, made.uidNext, made.total, made.deleted],
    [null, false, 1, 0, 0],
  )
  assert.equal((await mailboxNamed(mail, "INBOX")).subscribed, true)
  for (const name of ["Work/2026", "inbox", "INBOX", "Drafts"])
    assert.equal(whyOf(await mail.createMailbox(name)), "exists")
  for (const name of ["", "/", "a//b", "a\u0000"])
    assert.equal(whyOf(await mail.createMailbox(name)), "bad-name")
  // The same letter written in two ways.
  assert.equal(whyOf(await mail.createMailbox("Entw\u00fcrfe")), "done")
  assert.equal(whyOf(await mail.createMailbox("Entwu\u0308rfe")), "exists")
  await assertCountersRight(house)
})

test("gives a special use to one mailbox", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  assert.equal(whyOf(await mail.createMailbox("Bin", "trash")), "use-taken")
  assert.equal(whyOf(await mail.createMailbox("Post", "inbox")), "not-allowed")
  await mail.deleteMailbox("Trash")
  assert.equal(whyOf(await mail.createMailbox("Old/Bin", "trash")), "done")
  assert.equal((await mailboxNamed(mail, "Old/Bin")).role, "trash")
  assert.equal((await mailboxNamed(mail, "Old")).role, null)
})

test("makes no more mailboxes than the limit", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  const have = mailboxLimits.mailboxes - first.length - 1
  const names = Array.from({ length: have }, (_, n) =>
    house.vaults.sealToServer("mailbox-name", `${account}/${100 + n}`, Buffer.from(`n${n}`)),
  )
  const rows = names.map((name_sealed, n) => ({
    account_id: account,
    mailbox_id: 100 + n,
    name_sealed,
    uid_validity: 1,
  }))
  for (let at = 0; at < rows.length; at += 1_000)
    await house.store.sql`insert into mailbox ${house.store.sql(rows.slice(at, at + 1_000))}`
  assert.equal(whyOf(await mail.createMailbox("two/levels")), "too-many")
  assert.equal(whyOf(await mail.createMailbox("one")), "done")
  assert.equal(whyOf(await mail.createMailbox("more")), "too-many")
})

test("a name that is used again has a larger UIDVALIDITY, even within one second", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  let last = 0
  for (let round = 0; round < 3; round++) {
    await mail.createMailbox("Again")
    const { uidValidity } = await mailboxNamed(mail, "Again")
    assert.ok(uidValidity > last)
    last = uidValidity
    await mail.deleteMailbox("Again")
  }
  await mail.createMailbox("Other")
  await mail.renameMailbox("Other", "Again")
  assert.ok((await mailboxNamed(mail, "Again")).uidValidity > last)
})

test("deletes a mailbox with what is in no other, and leaves what lies below", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  await mail.createMailbox("Work/2026")
  await house.receive(account, letter("kept"))
  const inbox = await mailboxNamed(mail, "INBOX")
  await mail.copy(inbox.id, everything, "Work")
  await house.append(mail, "Work", incoming(letter("lost")), incoming(letter("lost too")))
  const work = await mailboxNamed(mail, "Work")
  const rows = await rowsOf(mail, work.id)

  assert.equal(whyOf(await mail.deleteMailbox("Work")), "done")
  assert.deepEqual(await namesOf(mail), [...first, "Work/2026"])
  assert.equal(whyOf(await mail.deleteMailbox("Work")), "no-such-mailbox")
  assert.equal(await mail.snapshot(work.id), undefined)
  assert.deepEqual(await mail.changes(work.id, work.modseq), { kind: "no-such-mailbox" })
  const [kept, ...lost] = rows
  assert.ok(kept)
  assert.deepEqual(await house.bodyOf(mail, kept.body), letter("kept"))
  for (const { body } of lost) await assert.rejects(house.bodyOf(mail, body))
  assert.equal((await mail.quota()).messages, 1)
  await assertCountersRight(house)
})

test("keeps the inbox", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  for (const name of ["INBOX", "inbox"]) assert.equal(whyOf(await mail.deleteMailbox(name)), "not-allowed")
})

test("deletes a mailbox with more messages than one step takes", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  const archive = await mailboxNamed(mail, "Archive")
  await fill(house, account, archive.id, 4_100)
  await assertCountersRight(house)
  assert.equal(whyOf(await mail.deleteMailbox("Archive")), "done")
  assert.deepEqual(await mail.quota(), { usedBytes: 0, messages: 0, limitBytes: null })
  await assertCountersRight(house)
})

test("renames a mailbox with all below it, and makes the levels above", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  for (const name of ["a/b/c", "ab", "x"]) await mail.createMailbox(name)
  await house.append(mail, "a/b", incoming(letter("one")))
  const before = await mailboxNamed(mail, "a/b")
  for (const [from, to, why] of [
    ["nowhere", "y", "no-such-mailbox"],
    ["a", "x", "exists"],
    ["a", "inbox", "exists"],
    ["a", "a/d", "not-allowed"],
    ["a", "a", "exists"],
    ["a", "b//c", "bad-name"],
    ["a", "new/place/a", "done"],
  ] as const)
    assert.equal(whyOf(await mail.renameMailbox(from, to)), why, `${from} to ${to}`)
  assert.deepEqual((await namesOf(mail)).slice(first.length).sort(), [
    "ab",
    "new",
    "new/place",
    "new/place/a",
    "new/place/a/b",
    "new/place/a/b/c",
    "x",
  ])
  const after = await mailboxNamed(mail, "new/place/a/b")
  assert.deepEqual([after.id, after.total, after.uidNext], [before.id, 1, 2])
  assert.ok(after.uidValidity > before.uidValidity)
})

test("renames a level that is no mailbox itself", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  await mail.createMailbox("a/b")
  await mail.deleteMailbox("a")
  assert.equal(whyOf(await mail.renameMailbox("a", "c")), "done")
  assert.deepEqual((await namesOf(mail)).slice(first.length), ["c/b"])
})

test("renaming INBOX moves what is in it, and leaves what is below it", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  await mail.createMailbox("INBOX/Sub")
  for (const subject of ["one", "two"]) await house.receive(account, letter(subject))
  assert.equal(whyOf(await mail.renameMailbox("inbox", "Old/Mail")), "done")
  assert.deepEqual((await namesOf(mail)).slice(first.length), ["INBOX/Sub", "Old", "Old/Mail"])
  assert.deepEqual(
    [(await mailboxNamed(mail, "INBOX")).total, (await mailboxNamed(mail, "Old/Mail")).total],
    [0, 2],
  )
  await house.receive(account, letter("three"))
  const [row] = await rowsOf(mail, (await mailboxNamed(mail, "INBOX")).id)
  assert.equal(row?.uid, 3)
  await assertCountersRight(house)
})

test("subscribes to what is there", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  await mail.createMailbox("a")
  assert.equal(whyOf(await mail.subscribe("a", true)), "done")
  assert.equal(whyOf(await mail.subscribe("Inbox", false)), "done")
  assert.equal(whyOf(await mail.subscribe("b", true)), "no-such-mailbox")
  assert.equal((await mailboxNamed(mail, "a")).subscribed, true)
  assert.equal((await mailboxNamed(mail, "INBOX")).subscribed, false)
})

test("a subscription outlives its mailbox, until it is ended or the name is used again", async t => {
  const { mail } = await (await openTestMail(t)).addAccount()
  const subscribed = async () =>
    (await mail.mailboxes())
      .filter(one => one.subscribed && one.role === null)
      .map(({ name }) => opened(name))
  for (const name of ["a", "b", "c", "d"]) {
    await mail.createMailbox(name)
    if (name !== "d") await mail.subscribe(name, true)
    assert.equal(whyOf(await mail.deleteMailbox(name)), "done")
  }
  assert.deepEqual((await mail.goneSubscriptions()).map(opened), ["a", "b", "c"])
  assert.equal(whyOf(await mail.subscribe("a", true)), "done")
  assert.equal(whyOf(await mail.subscribe("d", true)), "no-such-mailbox")
  assert.equal(whyOf(await mail.subscribe("a", false)), "done")
  assert.equal(whyOf(await mail.subscribe("a", false)), "no-such-mailbox")
  await mail.createMailbox("b/below")
  await mail.createMailbox("e")
  await mail.renameMailbox("e", "c")
  assert.deepEqual((await mail.goneSubscriptions()).map(opened), [])
  assert.deepEqual(await subscribed(), ["b", "c"])
})

test("of subscriptions without a mailbox, the newest are kept", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  const rows = Array.from({ length: mailboxLimits.goneSubscriptions }, (_, n) => ({
    account_id: account,
    mailbox_id: 100 + n,
    name_sealed: house.vaults.sealToServer("mailbox-name", `${account}/${100 + n}`, Buffer.from(`n${n}`)),
  }))
  await house.store.sql`insert into gone_subscription ${house.store.sql(rows)}`
  await house.store.sql`update mail_state set mailbox_next = 5000 where account_id = ${account}`
  await mail.createMailbox("z")
  await mail.subscribe("z", true)
  await mail.deleteMailbox("z")
  const names = (await mail.goneSubscriptions()).map(opened)
  assert.equal(names.length, mailboxLimits.goneSubscriptions)
  assert.deepEqual([names[0], names.at(-1)], ["n1", "z"])
})

test("every edit is in the log of changes, and told", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  const heard: string[] = []
  const stop = await house.store.listen(
    "changes",
    payload => heard.push(payload),
    () => undefined,
  )
  t.after(stop)
  const edits = [
    () => mail.createMailbox("a/b"),
    () => mail.subscribe("a", true),
    () => mail.renameMailbox("a", "c"),
    () => mail.deleteMailbox("c/b"),
  ]
  for (const edit of edits) assert.equal(whyOf(await edit()), "done")
  // What changes nothing is not told.
  await mail.subscribe("c", true)
  await mail.createMailbox("c")
  const log = await house.store.sql<{ modseq: ModSeq; id: number; op: number }[]>`
    select modseq, id, op from change where account_id = ${account} and type = ${changeType.mailbox}
    order by modseq, id`
  const { created, updated, destroyed } = changeOp
  assert.deepEqual(
    log.map(row => [row.modseq, row.id, row.op]),
    [
      [2, 7, created],
      [2, 8, created],
      [3, 7, updated],
      [4, 7, updated],
      [4, 8, updated],
      [5, 8, destroyed],
    ],
  )
  for (let wait = 0; heard.length < edits.length && wait < 100; wait++)
    await new Promise(resolve => setTimeout(resolve, 20))
  assert.deepEqual(
    heard,
    [2, 3, 4, 5].map(modseq => `${account}:${modseq}`),
  )
})
