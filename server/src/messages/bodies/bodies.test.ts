import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import fc from "fast-check"
import { bodyChunkBytes } from "../delivery.ts"
import { everything, incoming, letter, mailboxNamed, openTestMail, rowsOf } from "../open-test-mail.ts"

async function open(t: TestContext, messages: readonly Buffer[]) {
  const house = await openTestMail(t)
  const { account, mail } = await house.addAccount()
  await house.append(mail, "INBOX", ...messages.map(message => incoming(message)))
  const inbox = await mailboxNamed(mail, "INBOX")
  const rows = await rowsOf(mail, inbox.id)
  return { ...house, account, mail, inbox, rows }
}

const sized = (bytes: number): Buffer => Buffer.concat([Buffer.from("\r\n"), randomBytes(bytes - 2)])

test("reads any part of a body, and opens no more chunks than hold it", async t => {
  const size = 9 * bodyChunkBytes + 77
  const message = sized(size)
  const { mail, rows, bodyOf } = await open(t, [message])
  const body = rows[0]?.body
  assert.ok(body)
  const edge = fc.oneof(
    fc.nat(size + 10),
    fc.constantFrom(0, 1, 4, 5, 8, 9).map(n => n * bodyChunkBytes),
    fc.constantFrom(1, 4, 5, 9).map(n => n * bodyChunkBytes - 1),
  )
  await fc.assert(
    fc.asyncProperty(edge, edge, async (from, to) => {
      assert.ok((await bodyOf(mail, body, from, to)).equals(message.subarray(from, Math.max(from, to))))
    }),
    { numRuns: 40 },
  )
  let pieces = 0
  for await (const _ of mail.body(body, 3 * bodyChunkBytes + 5, 3 * bodyChunkBytes + 6)) pieces++
  assert.equal(pieces, 1)
  assert.ok((await bodyOf(mail, body)).equals(message))
  assert.equal((await bodyOf(mail, body, size + 1)).length, 0)
})

for (const bytes of [
  2,
  bodyChunkBytes - 1,
  bodyChunkBytes,
  bodyChunkBytes + 1,
  4 * bodyChunkBytes,
  4 * bodyChunkBytes + 1,
])
  test(`reads a body of ${bytes} octets whole, alone and among others`, async t => {
    const [small, message] = [letter("small"), sized(bytes)]
    const { mail, rows, inbox, bodyOf, bodiesOf } = await open(t, [small, message, small])
    assert.ok((await bodyOf(mail, rows[1]?.body ?? Buffer.alloc(0))).equals(message))
    assert.deepEqual(
      [...(await bodiesOf(mail, inbox.id))].map(([uid, body]) => [uid, body.length]),
      [
        [1, small.length],
        [2, bytes],
        [3, small.length],
      ],
    )
    assert.ok((await bodiesOf(mail, inbox.id, [{ first: 2, last: 2 }])).get(2)?.equals(message))
  })

test("reads the bodies of many messages in windows, in order and with their rows", async t => {
  const messages = Array.from({ length: 300 }, (_, n) => sized(2 + ((n * 7_919) % 30_000)))
  const { mail, inbox, rows, bodiesOf, privacy, account } = await open(t, messages)
  const found = await bodiesOf(mail, inbox.id)
  assert.deepEqual(
    [...found.keys()],
    [...messages.keys()].map(n => n + 1),
  )
  for (const [n, message] of messages.entries()) assert.ok(found.get(n + 1)?.equals(message))
  const some = [
    { first: 5, last: 7 },
    { first: 100, last: 100 },
    { first: 299, last: 500 },
  ]
  assert.deepEqual([...(await bodiesOf(mail, inbox.id, some)).keys()], [5, 6, 7, 100, 299, 300])
  const singles = Array.from({ length: 150 }, (_, n) => ({ first: 2 * n + 1, last: 2 * n + 1 }))
  assert.deepEqual(
    [...(await bodiesOf(mail, inbox.id, singles)).keys()],
    singles.map(({ first }) => first),
  )
  await privacy.gate("mail.read", { kind: "account", account }, async permit => {
    for await (const { row, piece, last } of mail.bodies(inbox.id, everything)) {
      assert.deepEqual(row, rows[row.uid - 1])
      assert.ok(last)
      assert.ok(piece.open(permit).length > 0)
      // Who leaves early, and slow readers, hold nobody up.
      if (row.uid === 3) break
    }
  })
  assert.deepEqual(await rowsOf(mail, inbox.id), rows)
})

test("notices a body that lacks a chunk, wherever", async t => {
  const { mail, inbox, rows, bodyOf, bodiesOf, store, account } = await open(t, [sized(6 * bodyChunkBytes)])
  const body = rows[0]?.body
  assert.ok(body)
  for (const no of [5, 4, 3, 1, 0]) {
    await store.sql`delete from body where account_id = ${account} and no = ${no}`
    await assert.rejects(bodyOf(mail, body))
    await assert.rejects(bodiesOf(mail, inbox.id))
  }
  await store.sql`delete from body where account_id = ${account}`
  await assert.rejects(bodyOf(mail, body), { name: "DamagedBodyError" })
  await assert.rejects(bodyOf(mail, body, 10), { name: "DamagedBodyError" })
  await assert.rejects(bodiesOf(mail, inbox.id), { name: "DamagedBodyError" })
})

test("leaves out what this sign-in does not open", async t => {
  const house = await openTestMail(t)
  const { account, mail, session } = await house.addAccount()
  await house.append(mail, "INBOX", incoming(letter("before")))
  await house.store.transaction(async tx => void (await house.vaults.newGeneration(tx, account)))
  house.vaults.generationBegan(account)
  assert.equal(session.generations.length, 1)
  await house.receive(account, letter("locked"))
  const inbox = await mailboxNamed(mail, "INBOX")
  assert.deepEqual([...(await house.bodiesOf(mail, inbox.id)).keys()], [1])
  const [, locked] = await rowsOf(mail, inbox.id)
  await assert.rejects(house.bodyOf(mail, locked?.body ?? Buffer.alloc(0)), { code: "generation-closed" })
  // It can be copied, moved and deleted all the same.
  assert.equal((await mail.copy(inbox.id, everything, "INBOX")).kind, "copied")
  assert.equal((await mail.move(inbox.id, everything, "Archive")).kind, "copied")
})
