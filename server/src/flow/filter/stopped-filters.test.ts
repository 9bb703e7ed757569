import assert from "node:assert/strict"
import { test } from "node:test"
import { systemChance } from "../../ports/chance.ts"
import { mailAddress, secret } from "../../privacy/index.ts"
import { type AccountId, asId } from "../../store/ids.ts"
import { openTestHouse, password } from "../open-test-house.ts"
import { filterTraffic } from "./limits.ts"
import { foundBy, letter, type TestHouse, vouchedFor } from "./open-test-filters.ts"
import { overrunOf } from "./overruns.ts"
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

/** As if so many runs had come to a limit today, by mail of as many senders. */
async function overrun(house: TestHouse, times: number): Promise<void> {
  const { account } = await annaOf(house)
  const until = Date.now() + 60_000
  await house.filters.memory.remember(
    Array.from({ length: times }, () => countedOf({ chance: systemChance }, account, "overrun", until)),
  )
}

const runs = ({ log }: TestHouse): number => log.events.filter(({ name }) => name === "filter.ran").length

test("a filter that comes to its limits too often is stopped, its owner told once, and mail is in the inbox", async t => {
  const house = await openTestHouse(t, vouchedFor)
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
  const house = await openTestHouse(t, vouchedFor)
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
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", costly)
  await overrun(house, filterTraffic.overrunsADay)
  const { account } = await annaOf(house)
  await house.setFilter("anna", 'require "fileinto"; fileinto "Nowhere";')
  const isStopped = await house.store.transaction(tx =>
    house.filters.own.stopOverrun(tx, account, { most: filterTraffic.overrunsADay, each: 3 }),
  )
  assert.equal(isStopped, false)
  await overrun(house, filterTraffic.overrunsADay)
  await house.deliver(letter("kept"), "anna")
  await house.tellFault.idle()
  assert.equal((await annaOf(house)).filter.isActive, true)
  assert.deepEqual(await foundBy(house), ["INBOX: Your filter could not do all that it says", "INBOX: kept"])
})

test("nobody alone stops somebody's filter: neither one domain, however much it sends, nor who is vouched for by nothing", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", costly)
  const { account } = await annaOf(house)
  const { overrunsADay, overrunsOfOneSender } = filterTraffic
  const counted = () => house.filters.memory.count(account, "overrun")
  await overrun(house, overrunsADay - overrunsOfOneSender - 1)
  const before = await counted()
  for (let n = 0; n < overrunsOfOneSender + 3; n++) {
    await house.deliver(many(`flood ${n}`), "anna")
    await house.tellFault.idle()
  }
  assert.equal(await counted(), before + overrunsOfOneSender)
  for (const from of ["carla@nobody.test", "carla@other.test"]) {
    await house.deliver(
      letter(
        "unproven",
        Array.from({ length: 20 }, () => "X: y"),
        from,
      ),
      "anna",
    )
    await house.tellFault.idle()
  }
  assert.equal(await counted(), before + overrunsOfOneSender)
  assert.equal((await annaOf(house)).filter.isActive, true)
})

test("domains below one domain are one sender, and what is doubted counts as nobody's", async t => {
  const { filters, vaults } = await openTestHouse(t)
  const account = asId<AccountId>(1)
  const of = async (provenDomain: string | undefined, isJunk = false) =>
    (await overrunOf({ filters, vaults }, { account, isJunk }, { provenDomain, now: 0 }))?.hash.toString(
      "hex",
    )
  assert.equal(await of("a.evil.test"), await of("b.c.EVIL.test"))
  assert.notEqual(await of("evil.test"), await of("honest.test"))
  assert.equal(await of("evil.test", true), undefined)
  assert.equal(await of(undefined), undefined)
})
