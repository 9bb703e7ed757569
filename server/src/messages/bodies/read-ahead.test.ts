import assert from "node:assert/strict"
import { test } from "node:test"
import { manualTimer } from "../../ports/timer.ts"
import { personal } from "../../privacy/index.ts"
import { asId, type MailboxId, type Uid } from "../../store/index.ts"
import type { MessageRow, UidRange } from "../mail.ts"
import { createReadAhead } from "./read-ahead.ts"
import type { BodyPiece } from "./whole-bodies.ts"

const inbox = asId<MailboxId>(1)
const other = asId<MailboxId>(2)

/** Messages of one size in two pieces each; notes what it was asked. */
function openBodies(uids: readonly number[], size = 1_000) {
  const asked: string[] = []
  async function* read(mailbox: MailboxId, ranges: readonly UidRange[]): AsyncGenerator<BodyPiece> {
    asked.push(`${mailbox}/${ranges.map(({ first, last }) => `${first}:${last}`).join(",")}`)
    for (const uid of uids.filter(uid => ranges.some(({ first, last }) => uid >= first && uid <= last))) {
      const row = { uid: asId<Uid>(uid), size } as MessageRow // all that is asked of it here
      for (const last of [false, true])
        yield { row, piece: personal("user.content.private.mail", Buffer.from(`${uid}`)), last }
    }
  }
  const timer = manualTimer()
  const ahead = createReadAhead(read, timer)
  const uidsOf = async (uid: number, mailbox = inbox) => {
    const found: number[] = []
    for await (const { row } of ahead.one(mailbox, uid)) found.push(row.uid)
    return found
  }
  return { asked, timer, uidsOf }
}

test("from the second message on those that follow come along, each once and whole", async () => {
  const { asked, uidsOf } = openBodies([1, 2, 3, 5, 6, 9, 10, 11])
  for (const uid of [1, 2, 3, 5, 6, 9, 10]) assert.deepEqual(await uidsOf(uid), [uid, uid])
  assert.deepEqual(asked, ["1/1:1", "1/2:9", "1/10:17"])
  assert.deepEqual(await uidsOf(10), [10, 10])
  assert.equal(asked.at(-1), "1/10:10")
})

test("a question that goes elsewhere is asked by itself, and what waited is gone", async () => {
  const { asked, uidsOf } = openBodies([1, 2, 3, 4, 50])
  for (const uid of [1, 2, 50, 3]) await uidsOf(uid)
  await uidsOf(4, other)
  assert.deepEqual(asked, ["1/1:1", "1/2:9", "1/50:50", "1/3:3", "2/4:4"])
})

test("what nobody asks for waits no longer than a moment", async () => {
  const { asked, timer, uidsOf } = openBodies([1, 2, 3])
  await uidsOf(1)
  await uidsOf(2)
  timer.pass(2_000)
  assert.equal(timer.waiting, 0)
  assert.deepEqual(await uidsOf(3), [3, 3])
  assert.equal(asked.at(-1), "1/3:10")
})

test("no more octets wait than are allowed, and one that is not there is nothing", async () => {
  const { asked, uidsOf } = openBodies([1, 2, 3, 4], 200_000)
  for (const uid of [1, 2, 3, 4]) assert.deepEqual(await uidsOf(uid), [uid, uid])
  assert.deepEqual(asked, ["1/1:1", "1/2:9", "1/4:11"])
  assert.deepEqual(await uidsOf(7), [])
})
