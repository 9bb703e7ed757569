import assert from "node:assert/strict"
import { test } from "node:test"
import { assertCountersRight, incoming, letter, openTestMail } from "./open-test-mail.ts"

const faults = [
  "update mailbox set unseen = unseen + 1 where role = 'inbox'",
  "update mailbox set modseq = 1 where role = 'inbox'",
  "update mailbox set uid_next = 1 where role = 'inbox'",
  "update mail_state set used_bytes = used_bytes - 1",
  "update membership set deleted = true",
  "update membership set modseq = 1",
  "delete from membership",
  "delete from email",
  "delete from body",
  "insert into email select account_id, 9, body_id, thread_id, modseq, 0, received_at from email",
]

test("the count of everything notices what is wrong", async t => {
  const house = await openTestMail(t)
  const { mail } = await house.addAccount()
  await house.append(mail, "INBOX", incoming(letter("one")))
  await assertCountersRight(house)
  for (const fault of faults)
    await assert.rejects(
      house.store.transaction(async tx => {
        await tx.unsafe(fault)
        await assertCountersRight({ store: { ...house.store, sql: tx as never } })
      }),
      { code: "ERR_ASSERTION" },
      fault,
    )
})
