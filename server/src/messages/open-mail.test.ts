import assert from "node:assert/strict"
import { test } from "node:test"
import {
  assertCountersRight,
  incoming,
  letter,
  mailboxNamed,
  openTestMail,
  rowsOf,
} from "./open-test-mail.ts"

test("a session that has ended gets nothing more", async t => {
  const { addAccount } = await openTestMail(t)
  const { session, mail } = await addAccount()
  session.close()
  await assert.rejects(mail.mailboxes(), { code: "session-closed" })
  await assert.rejects(mail.copy(1 as never, [], "Archive"), { code: "session-closed" })
  assert.throws(() => mail.rows(1 as never, []), { code: "session-closed" })
})

test("shows nothing of another account", async t => {
  const house = await openTestMail(t)
  const [anna, ben] = [await house.addAccount(), await house.addAccount()]
  await house.receive(anna.account, letter("hers"))
  const inbox = await mailboxNamed(ben.mail, "INBOX")
  assert.equal(inbox.total, 0)
  assert.deepEqual(await rowsOf(ben.mail, inbox.id), [])
  const [hers] = await rowsOf(anna.mail, (await mailboxNamed(anna.mail, "INBOX")).id)
  assert.ok(hers)
  await assert.rejects(house.bodyOf(ben.mail, hers.body))
  await assertCountersRight(house)
})

test("says how much is used, and how much may be", async t => {
  const house = await openTestMail(t, 1_000)
  const { mail } = await house.addAccount()
  assert.deepEqual(await mail.quota(), { usedBytes: 0, messages: 0, limitBytes: 1_000 })
  const message = letter("one")
  await house.append(mail, "INBOX", incoming(message))
  assert.deepEqual(await mail.quota(), { usedBytes: message.length, messages: 1, limitBytes: 1_000 })
})
