import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import type { Claimed } from "../contract.ts"
import { aheadMs } from "./claim.ts"
import { openQueue } from "./open-queue.ts"
import { openTestQueue, wish } from "./open-test-queue.ts"

const octets = 10_000

async function open(t: TestContext) {
  const house = await openTestQueue(t)
  const { store, vaults, log, put, addAccount } = house
  let now = 0
  const queue = openQueue({ store, vaults, chance: systemChance, clock: { now: () => now }, log })
  const anna = await addAccount()
  const texts = new Map<number, Buffer>()
  return {
    store,
    put: async (text: Buffer, to?: readonly string[]) => {
      const mail = await put(anna, { text, ...(to === undefined ? {} : { to }) })
      texts.set(mail, text)
      return mail
    },
    claim: async (readAhead: number) => (await queue.claim({ ...wish, readAhead })).claimed,
    pass: (ms: number) => {
      now += ms
    },
    read: async (claimed: Claimed) => {
      const text = await claimed.text()
      const plain = await testPrivacy.gate("mail.send", { kind: "account", account: anna }, async permit =>
        text.open(permit),
      )
      return texts.get(claimed.mail)?.equals(plain) === true
    },
  }
}

test("texts of messages come along with the claim as long as they fit, each for one reading", async t => {
  const { store, put, claim, read } = await open(t)
  for (let no = 0; no < 3; no += 1) await put(randomBytes(octets))
  const [first, second, third] = await claim(2.5 * octets)
  assert.ok(first && second && third)
  assert.ok(await read(second))
  assert.ok(await read(second))
  await store.sql`delete from queued_body`
  assert.ok(await read(first))
  for (const gone of [first, second, third]) await assert.rejects(gone.text(), { name: "DamagedMailError" })
})

test("one message to several domains is read along once, and each of its claims has it", async t => {
  const { store, put, claim, read } = await open(t)
  await put(randomBytes(octets), ["a@one.test", "b@two.test"])
  const claimed = await claim(octets)
  assert.equal(claimed.length, 2)
  await store.sql`delete from queued_body`
  for (const each of claimed) assert.ok(await read(each))
})

test("a large message does not come along, and what was altered opens no better for having done so", async t => {
  const { store, put, claim, read } = await open(t)
  const large = await put(randomBytes(300_000))
  const altered = await put(randomBytes(octets))
  await store.sql`update queued_body set data = set_byte(data, 20, get_byte(data, 20) # 1) where mail_id = ${altered}`
  for (const each of await claim(1_000_000))
    if (each.mail === altered) await assert.rejects(each.text(), { name: "DamagedMailError" })
    else {
      assert.equal(each.mail, large)
      assert.ok(await read(each))
    }
})

test("what came along counts for some seconds only: a message may be taken out meanwhile", async t => {
  const { store, put, claim, pass } = await open(t)
  await put(randomBytes(octets))
  const [claimed] = await claim(octets)
  assert.ok(claimed)
  await store.sql`delete from queued_mail`
  pass(aheadMs)
  await assert.rejects(claimed.text(), { name: "DamagedMailError" })
})
