import assert from "node:assert/strict"
import { test } from "node:test"
import type { Appended } from "../mail.ts"
import {
  assertCountersRight,
  incoming,
  letter,
  mailboxNamed,
  openTestMail,
  rowsOf,
} from "../open-test-mail.ts"
import { keywordLimits } from "./keywords.ts"

function uidsOf(appended: Appended): readonly number[] {
  assert.equal(appended.kind, "appended")
  return appended.kind === "appended" ? appended.uids : []
}

test("an appended message is kept byte for byte, with its flags and dates", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  const message = letter("one")
  const receivedAt = Date.UTC(1999, 1, 3, 4, 5, 6)
  const appended = await house.append(
    mail,
    "Drafts",
    incoming(message, { keywords: ["$seen", "$draft", "$seen"], deleted: true, receivedAt }),
    { ...incoming(Buffer.alloc(0)), parts: [message.subarray(0, 5), message.subarray(5)] },
  )
  const drafts = await mailboxNamed(mail, "Drafts")
  assert.deepEqual(appended, { kind: "appended", uidValidity: drafts.uidValidity, uids: [1, 2] })
  const [first, second] = await rowsOf(mail, drafts.id)
  assert.ok(first && second)
  assert.deepEqual(
    [first.keywords, first.deleted, first.receivedAt, first.savedAt, first.size],
    [["$draft", "$seen"], true, receivedAt, house.clock.at, message.length],
  )
  assert.deepEqual([second.keywords, second.deleted, second.receivedAt], [[], false, house.clock.at])
  assert.deepEqual(await house.bodyOf(mail, first.body), message)
  assert.deepEqual(await house.bodyOf(mail, second.body), message)
  assert.deepEqual([drafts.total, drafts.unseen, drafts.deleted, drafts.uidNext], [2, 1, 1, 3])
  await assertCountersRight(house)
})

test("takes dates that mail of old programs has", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  for (const year of [1000, 1969, 9999]) {
    const receivedAt = Date.UTC(year, 0, 1)
    await house.append(mail, "Archive", incoming(letter(`${year}`), { receivedAt }))
    const rows = await rowsOf(mail, (await mailboxNamed(mail, "Archive")).id)
    assert.equal(rows.at(-1)?.receivedAt, receivedAt)
  }
})

test("joins the thread of what it answers, and makes two threads one", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  await house.receive(account, letter("a", ["Message-ID: <a@x>"]))
  await house.receive(account, letter("b", ["Message-ID: <b@x>"]))
  const inbox = await mailboxNamed(mail, "INBOX")
  const before = inbox.modseq
  await house.append(mail, "Sent", incoming(letter("Re: a", ["Message-ID: <c@x>", "In-Reply-To: <a@x>"])))
  const sent = await mailboxNamed(mail, "Sent")
  assert.deepEqual(
    [...(await rowsOf(mail, inbox.id)), ...(await rowsOf(mail, sent.id))].map(row => row.thread),
    [1, 2, 1],
  )
  await house.append(
    mail,
    "Sent",
    incoming(letter("Re: both", ["Message-ID: <d@x>", "References: <a@x> <b@x>"])),
  )
  const threads = [...(await rowsOf(mail, inbox.id)), ...(await rowsOf(mail, sent.id))].map(row => row.thread)
  assert.deepEqual(threads, [1, 1, 1, 1])
  // The one whose thread changed is told as changed.
  const changes = await mail.changes(inbox.id, before)
  assert.ok("messages" in changes)
  assert.deepEqual(
    changes.messages.map(row => row.uid),
    [2],
  )
  await house.receive(account, letter("Re: c", ["References: <c@x>"]))
  assert.equal((await rowsOf(mail, inbox.id)).at(-1)?.thread, 1)
  await assertCountersRight(house)
})

test("several go in together, or none", async t => {
  const house = await openTestMail(t, 1_000)
  const { mail } = await house.addAccount()
  const [small, large] = [incoming(letter("small")), incoming(letter("large", [], "x".repeat(980)))]
  assert.deepEqual(await house.append(mail, "INBOX", small, large), { kind: "over-quota" })
  assert.deepEqual(await house.append(mail, "Nowhere", small), { kind: "no-such-mailbox" })
  const keywords = Array.from({ length: keywordLimits.perEmail + 1 }, (_, n) => `k${n}`)
  const tooMany = await house.append(mail, "INBOX", small, { ...small, keywords })
  assert.equal(tooMany.kind, "too-many")
  house.disk.room = "low"
  assert.deepEqual(await house.append(mail, "INBOX", small), { kind: "disk-low" })
  house.disk.room = "enough"
  assert.equal((await mail.quota()).messages, 0)
  await assertCountersRight(house)
  assert.deepEqual(uidsOf(await house.append(mail, "inbox", small, small)), [1, 2])
})

test("a large message goes in, in chunks", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  const message = Buffer.concat([letter("large"), Buffer.alloc(9 * 1024 * 1024, "ab\r\n")])
  await house.append(mail, "INBOX", incoming(message))
  const inbox = await mailboxNamed(mail, "INBOX")
  const [row] = await rowsOf(mail, inbox.id)
  assert.ok(row)
  assert.ok((await house.bodyOf(mail, row.body)).equals(message))
  assert.ok((await house.bodiesOf(mail, inbox.id)).get(1)?.equals(message))
  await assertCountersRight(house)
})

test("one message takes the place of another in one step", async t => {
  const house = await openTestMail(t, 1_000)
  const { mail } = await house.addAccount()
  const draft = letter("draft", [], "x".repeat(800))
  await house.append(mail, "Drafts", incoming(draft, { keywords: ["$draft"] }))
  const drafts = await mailboxNamed(mail, "Drafts")
  const [old] = await rowsOf(mail, drafts.id)
  assert.ok(old)
  const better = letter("better", [], "y".repeat(850))
  const replaced = await house.replace(mail, drafts.id, old.uid, "Drafts", incoming(better))
  assert.deepEqual(uidsOf(replaced as Appended), [2])
  const rows = await rowsOf(mail, drafts.id)
  assert.deepEqual(
    rows.map(row => row.uid),
    [2],
  )
  await assert.rejects(house.bodyOf(mail, old.body), { name: "DamagedBodyError" })
  const changes = await mail.changes(drafts.id, old.modseq)
  assert.ok("vanished" in changes)
  assert.deepEqual([changes.vanished, changes.messages.length, changes.complete], [[1], 1, true])
  // The same UID again: it has gone. And what does not fit leaves the old one there.
  assert.deepEqual(await house.replace(mail, drafts.id, old.uid, "Drafts", incoming(better)), {
    kind: "no-such-message",
  })
  const huge = incoming(letter("huge", [], "z".repeat(1_000)))
  assert.deepEqual(await house.replace(mail, drafts.id, rows[0]?.uid ?? old.uid, "Drafts", huge), {
    kind: "over-quota",
  })
  assert.deepEqual(
    (await rowsOf(mail, drafts.id)).map(row => row.uid),
    [2],
  )
  await assertCountersRight(house)
})

test("a message that was sent a moment ago is the one that lies in Sent; any other goes in", async t => {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  const sent = letter("sent", ["Message-ID: <a@x>"])
  await house.receive(account, sent, "sent")
  await house.receive(account, letter("Re: sent", ["Message-ID: <b@x>", "In-Reply-To: <a@x>"]), "sent")
  const box = await mailboxNamed(mail, "Sent")
  const own = incoming(letter("sent", ["X-Written-By: a program", "Message-ID: <a@x>"]), {
    keywords: ["$seen"],
  })
  assert.deepEqual(await house.append(mail, "Sent", own), {
    kind: "appended",
    uidValidity: box.uidValidity,
    uids: [1],
  })
  assert.deepEqual(
    uidsOf(await house.append(mail, "Sent", incoming(letter("c", ["In-Reply-To: <a@x>"])))),
    [3],
  )
  assert.deepEqual(uidsOf(await house.append(mail, "Archive", own)), [1])
  assert.deepEqual(uidsOf(await house.append(mail, "Sent", own, incoming(letter("d")))), [4, 5])
  house.clock.at += 11 * 60_000
  assert.deepEqual(uidsOf(await house.append(mail, "Sent", own)), [6])
  await assertCountersRight(house)
})
