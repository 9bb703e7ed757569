import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { mailAddress, secret } from "../../privacy/index.ts"
import { openTestHouse, password } from "../open-test-house.ts"
import { filterTraffic } from "./limits.ts"
import { foundBy, letter, type TestHouse } from "./open-test-filters.ts"
import { countedOf } from "./remembered.ts"

const costly = `if header :is "x" [${Array.from({ length: 4_000 }, (_, n) => `"${n}"`).join(", ")}] { discard; }`

/** With so many fields that comparing each with the filter's words is too much. */
const many = (subject: string): string =>
  letter(
    subject,
    Array.from({ length: 20 }, () => "X: y"),
  )

async function annaOf(house: TestHouse) {
  const signedIn = await house.people.signIn(mailAddress("anna@near.test"), secret(password), "control")
  assert.ok(signedIn.kind === "signed-in")
  const { session } = signedIn
  const [filter] = await house.filters.own.list(session)
  session.close()
  return { account: session.account, filter: filter ?? assert.fail("no filter") }
}

/** As if so many runs had come to a limit today. */
async function overrun(house: TestHouse, times: number): Promise<void> {
  const { account } = await annaOf(house)
  const until = Date.now() + 60_000
  await house.filters.memory.remember(
    Array.from({ length: times }, () => countedOf({ chance: systemChance }, account, "overrun", until)),
  )
}

const runs = ({ log }: TestHouse): number => log.events.filter(({ name }) => name === "filter.ran").length

test("a filter that comes to its limits too often is stopped, its owner told once, and mail is in the inbox", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", costly)
  await overrun(house, filterTraffic.overrunsADay - 2)
  await house.deliver(many("last but one"), "anna")
  await house.tellFault.idle()
  assert.deepEqual((await annaOf(house)).filter.stopped, undefined)
  await Promise.all(["last", "beside it"].map(subject => house.deliver(many(subject), "anna")))
  await house.tellFault.idle()
  const { filter } = await annaOf(house)
  assert.deepEqual([filter.isActive, filter.stopped], [false, "limits"])
  const before = runs(house)
  await house.deliver(many("after"), "anna")
  await house.tellFault.idle()
  assert.equal(runs(house), before)
  assert.deepEqual(await foundBy(house), [
    ...["INBOX: Your filter could not do all that it says", "INBOX: Your filter was stopped"],
    ...["INBOX: after", "INBOX: beside it", "INBOX: last", "INBOX: last but one"],
  ])
  assert.deepEqual(
    house.log.events.filter(({ name }) => name === "filter.stopped").map(({ fields }) => fields.overruns),
    [filterTraffic.overrunsADay],
  )
})

test("setting a stopped filter again starts it, and what was before counts no more", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", costly)
  await overrun(house, filterTraffic.overrunsADay - 1)
  await house.deliver(many("one"), "anna")
  await house.tellFault.idle()
  assert.equal((await annaOf(house)).filter.stopped, "limits")
  await house.setFilter("anna", costly)
  const before = runs(house)
  await house.deliver(many("two"), "anna")
  await house.tellFault.idle()
  assert.equal(runs(house), before + 1)
  const { filter } = await annaOf(house)
  assert.deepEqual([filter.isActive, filter.stopped], [true, undefined])
})

test("a filter that its owner changes meanwhile is not stopped for what another did, and a fault of another kind stops none", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", costly)
  await overrun(house, filterTraffic.overrunsADay)
  const { account } = await annaOf(house)
  await house.setFilter("anna", 'require "fileinto"; fileinto "Nowhere";')
  const isStopped = await house.store.transaction(tx =>
    house.filters.own.stopOverrun(tx, account, filterTraffic.overrunsADay),
  )
  assert.equal(isStopped, false)
  await overrun(house, filterTraffic.overrunsADay)
  await house.deliver(letter("kept"), "anna")
  await house.tellFault.idle()
  assert.equal((await annaOf(house)).filter.isActive, true)
  assert.deepEqual(await foundBy(house), ["INBOX: Your filter could not do all that it says", "INBOX: kept"])
})
