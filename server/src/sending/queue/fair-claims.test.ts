import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { testPrivacy } from "../../privacy/test-privacy.ts"
import { type AccountId, createTableRows } from "../../store/index.ts"
import type { Claimed } from "../contract.ts"
import {
  beyondFront,
  claimFront,
  claimRound,
  FRONT_ROWS,
  nextDestinations,
  ROUND_DESTINATIONS,
} from "./claim-query.ts"
import { openTestQueue, wish } from "./open-test-queue.ts"
import { planByIndex } from "./plan-by-index.ts"

type House = Awaited<ReturnType<typeof openTestQueue>>

/** All in one transaction, the first the oldest. */
async function putMany(
  { queue, store, outgoing }: House,
  account: AccountId,
  mails: readonly (readonly string[])[],
): Promise<void> {
  const tables = createTableRows()
  const oldest = Date.UTC(2026, 2, 4)
  await testPrivacy.gate("mail.send", { kind: "account", account }, async permit => {
    for (const [no, to] of mails.entries()) {
      const mail = outgoing(account, { to, more: { notBefore: oldest + no * 1000 } })
      const rows = await queue.prepare(mail, permit)
      rows.addTo(tables)
    }
  })
  await store.transaction(tx => store.copyIn(tx, ...tables.all()))
}

const domainsOf = (claimed: readonly Claimed[]): string[] => claimed.map(({ domain }) => domain)

test("a long line to one destination keeps no other waiting, whether it has room or not", async t => {
  const house = await openTestQueue(t)
  const { queue, addAccount } = house
  const anna = await addAccount()
  const slow = Array.from({ length: 2 * FRONT_ROWS }, () => ["a@slow.test"])
  const others = ["b@one.test", "c@two.test", "d@three.test"].map(to => [to])
  await putMany(house, anna, [...slow, ...others])
  const first = await queue.claim({ ...wish, each: 5 })
  assert.deepEqual(
    domainsOf(first.claimed).toSorted(),
    [...Array<string>(5).fill("slow.test"), "one.test", "three.test", "two.test"].toSorted(),
  )
  await queue.giveBack(first.claimed)
  const busy = [first.claimed.find(({ domain }) => domain === "slow.test")?.destination ?? ""]
  const second = await queue.claim({ ...wish, each: 5, busy })
  assert.deepEqual(domainsOf(second.claimed).toSorted(), ["one.test", "three.test", "two.test"])
})

test("behind a line that fills the front, each of many destinations has its turn", async t => {
  const house = await openTestQueue(t)
  const { queue, addAccount } = house
  const anna = await addAccount()
  const count = 2 * ROUND_DESTINATIONS + 20
  const slow = Array.from({ length: FRONT_ROWS + 50 }, () => ["a@slow.test"])
  await putMany(house, anna, [
    ...slow,
    ...Array.from({ length: 2 * count }, (_, no) => [`b@d${no % count}.test`]),
  ])
  const [one] = (await queue.claim({ ...wish, limit: 1 })).claimed
  assert.ok(one)
  const busy = [one.destination]
  const seen = new Set<string>()
  const limit = 40
  for (let claims = 0; claims < Math.ceil(count / limit); claims++) {
    const { claimed } = await queue.claim({ ...wish, limit, each: 1, busy })
    for (const { domain } of claimed) seen.add(domain)
  }
  assert.equal(seen.size, count)
})

test("the oldest of a destination goes first", async t => {
  const house = await openTestQueue(t)
  const { queue, addAccount } = house
  await putMany(house, await addAccount(), [["a@far.test"], ["b@far.test"], ["c@far.test"]])
  const first = await queue.claim({ ...wish, each: 2 })
  const rest = await queue.claim({ ...wish, each: 2 })
  const oldest = await house.store.sql<{ mail_id: number }[]>`
    select mail_id from queued_mail order by not_before`
  const [one, two, three] = oldest.map(row => row.mail_id)
  assert.deepEqual(new Set(first.claimed.map(({ mail }) => mail)), new Set([one, two]))
  assert.deepEqual(
    rest.claimed.map(({ mail }) => mail),
    [three],
  )
})

test("a message to very many people of one domain is claimed in parts, each within its bound", async t => {
  const house = await openTestQueue(t)
  const { queue, addAccount } = house
  await putMany(house, await addAccount(), [Array.from({ length: 230 }, (_, no) => `a${no}@far.test`)])
  const sizes: number[] = []
  for (let claims = 0; claims < 4; claims++)
    sizes.push(...(await queue.claim(wish)).claimed.map(({ recipients }) => recipients.length))
  assert.deepEqual(sizes, [100, 100, 30])
})

test("no recipient is ever in two hands within a lease, and all are claimed, however many nodes claim at once", async t => {
  const house = await openTestQueue(t)
  const anna = await house.addAccount()
  const nodes = [house.queue, await house.node(), await house.node()]
  const domain = fc.integer({ min: 0, max: 5 }).map(no => `d${no}.test`)
  const recipients = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 3 }), domain).map(([no, at]) => `p${no}@${at}`),
    { minLength: 1, maxLength: 6 },
  )
  const wishes = fc.record({ limit: fc.integer({ min: 1, max: 12 }), each: fc.integer({ min: 1, max: 4 }) })
  const property = fc.asyncProperty(
    fc.array(recipients, { minLength: 1, maxLength: 25 }),
    fc.array(wishes, { minLength: 3, maxLength: 3 }),
    async (mails, limits) => {
      await house.store.sql`delete from queued_mail`
      await putMany(house, anna, mails)
      const inHand = new Set<string>()
      const left = () => house.store.sql`select from queued_recipient where lease is null`
      for (let turns = 0; (await left()).length > 0; turns++) {
        assert.ok(turns < 500, "some are never claimed")
        const claims = await Promise.all(
          nodes.map((node, no) => node.claim({ ...wish, limit: 5, each: 2, ...limits[no] })),
        )
        for (const [no, { claimed }] of claims.entries()) {
          assert.ok(claimed.length <= (limits[no]?.limit ?? 5))
          for (const [, of] of Map.groupBy(claimed, ({ destination }) => destination))
            assert.ok(of.length <= (limits[no]?.each ?? 2))
          for (const { mail, recipients: taken } of claimed)
            for (const { no: recipient } of taken) {
              const key = `${mail}/${recipient}`
              assert.ok(!inHand.has(key), "in two hands")
              inHand.add(key)
            }
        }
      }
      assert.equal(inHand.size, mails.flat().length)
    },
  )
  await fc.assert(property, { numRuns: 40 })
})

test("what is asked goes by the indexes, also when the plan was made for an empty queue", async t => {
  const { store } = await openTestQueue(t)
  const values = ["64", "64", "1000", "7", "'{}'", "'{}'"]
  for (const query of [claimFront, claimRound, nextDestinations, beyondFront]) {
    const text = query.replaceAll(/\$(\d)/g, (_, no: string) =>
      query === nextDestinations ? `'${"0".repeat(32)}'` : (values[Number(no) - 1] ?? ""),
    )
    const plan = await store.transaction(tx =>
      planByIndex(tx, () => tx.unsafe<{ "QUERY PLAN": string }[]>(`explain ${text}`)),
    )
    const lines = plan.map(row => row["QUERY PLAN"])
    assert.ok(lines.some(line => /Index (Only )?Scan using queued_/.test(line)))
    for (const line of lines) assert.doesNotMatch(line, /(Seq|Bitmap).* on queued_|Hash Join|Merge Join/)
  }
})
