import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as pause } from "node:timers/promises"
import { createDkimVerifier, splitFields } from "@letterkeep/dkim"
import { createTableResolver, type DnsTable } from "@letterkeep/dns"
import { examineSigning } from "../../doors/control/doctor/signing.ts"
import { createDomainKeys, type DomainKeys } from "./domain-keys.ts"
import { recordName, recordText } from "./key-record.ts"
import type { DkimKey } from "./key-rows.ts"
import { openTestSigning } from "./open-test-signing.ts"
import { openSigning } from "./signing.ts"
import { turnKeys } from "./turn-keys.ts"

const day = 24 * 60 * 60 * 1000
const message = Buffer.from(
  "From: Anna <anna@a.test>\r\nTo: ben@far.test\r\nSubject: today\r\nDate: Wed, 4 Mar 2026 12:00:00 +0000\r\n" +
    "Message-ID: <1@a.test>\r\n\r\nHello Ben,\r\nsee you.\r\n",
)

const published = (keys: readonly DkimKey[] | undefined): DnsTable =>
  Object.fromEntries(
    (keys ?? []).map(key => [recordName(key.domain, key.selector), { txt: [recordText(key)] }]),
  )
const states = (keys: readonly DkimKey[] | undefined) =>
  keys?.map(({ selector, state }) => `${selector} ${state}`).sort()

async function verify(fields: string, dns: DnsTable, now: number) {
  const verifier = createDkimVerifier({ resolver: createTableResolver(dns), now })
  const text = Buffer.concat([Buffer.from(fields, "latin1"), message])
  const body = text.indexOf("\r\n\r\n") + 4
  verifier.headers(splitFields(text.subarray(0, body)))
  verifier.body(text.subarray(body))
  return (await verifier.finish()).map(({ result, algorithm }) => `${algorithm} ${result}`)
}

/** Keys of a.test whose records were seen. */
async function inUse(keys: DomainKeys): Promise<DnsTable> {
  const dns = published(await keys.ensure("a.test"))
  await keys.look("a.test", createTableResolver(dns))
  return dns
}

test("makes two keys once, and nothing is signed before their records are seen", async t => {
  const { keys, signing } = await openTestSigning(t)
  const made = await keys.ensure("a.test")
  assert.deepEqual(states(made), ["lk20260304e coming", "lk20260304r coming"])
  assert.deepEqual(states(await keys.ensure("a.test")), states(made))
  await keys.look("a.test", createTableResolver({}))
  assert.equal(await signing.sign("a.test", message), "")
})

test("signs with each key whose record is seen, and both signatures verify", async t => {
  const { keys, signing, clock } = await openTestSigning(t)
  const dns = await inUse(keys)
  const fields = await signing.sign("a.test", message)
  assert.deepEqual(await verify(fields, dns, clock.at), ["rsa-sha256 pass", "ed25519-sha256 pass"])
})

test("takes the one key into use whose record is there, and no other", async t => {
  const { keys, signing, clock } = await openTestSigning(t)
  const made = (await keys.ensure("a.test")) ?? []
  const dns = published(made.filter(key => key.algorithm === "rsa"))
  await keys.look("a.test", createTableResolver(dns))
  assert.deepEqual(states(await keys.list("a.test")), ["lk20260304e coming", "lk20260304r active"])
  assert.deepEqual(await verify(await signing.sign("a.test", message), dns, clock.at), ["rsa-sha256 pass"])
})

test("a record with another key, or two records, take nothing into use", async t => {
  const { keys } = await openTestSigning(t)
  const [first, second] = (await keys.ensure("a.test")) ?? []
  const others = (await keys.ensure("b.test")) ?? []
  assert.ok(first !== undefined && second !== undefined)
  const other = others.find(key => key.algorithm === second.algorithm) ?? second
  const seen = await keys.look(
    "a.test",
    createTableResolver({
      [recordName("a.test", first.selector)]: { txt: [recordText(first), recordText(first)] },
      [recordName("a.test", second.selector)]: { txt: [recordText(other)] },
    }),
  )
  assert.deepEqual(seen.map(one => [one.key.state, one.seen]).sort(), [
    ["coming", "other"],
    ["coming", "several"],
  ])
})

test("turns from one pair to the next with both published, and ends the old one after 14 days", async t => {
  const { keys, signing, clock, store } = await openTestSigning(t)
  const first = await inUse(keys)
  clock.at += 200 * day
  assert.equal((await keys.rotate("a.test", "when-seen")).kind, "made")
  assert.equal((await keys.rotate("a.test", "when-seen")).kind, "still-coming")
  const both = published(await keys.list("a.test"))
  assert.equal(Object.keys(both).length, 4)
  await turnKeys(store, keys, createTableResolver(first))
  assert.equal((await keys.list("a.test"))?.filter(key => key.state === "active").length, 2)
  await turnKeys(store, keys, createTableResolver(both))
  const turned = ["lk20260304e retiring", "lk20260304r retiring"]
  const now = ["lk20260920e active", "lk20260920r active"]
  assert.deepEqual(states(await keys.list("a.test")), [...turned, ...now])
  assert.match(await signing.sign("a.test", message), /s=lk20260920r/)
  const [gone] = await store.sql`select count(*) as n from dkim_key where private_sealed is not null
    and domain = 'a.test'`
  assert.equal(gone?.n, 2)
  clock.at += 14 * day - 1
  await turnKeys(store, keys, createTableResolver(both))
  assert.deepEqual(states(await keys.list("a.test")), [...turned, ...now])
  clock.at += 1
  await turnKeys(store, keys, createTableResolver(both))
  assert.deepEqual(states(await keys.list("a.test")), ["lk20260304e revoked", "lk20260304r revoked", ...now])
  const newOnly = published((await keys.list("a.test"))?.filter(key => key.state === "active"))
  await turnKeys(store, keys, createTableResolver(newOnly))
  assert.deepEqual(states(await keys.list("a.test")), now)
})

test("an answer that fails changes nothing", async t => {
  const { keys } = await openTestSigning(t)
  const made = await keys.ensure("a.test")
  const dns = Object.fromEntries(
    Object.keys(published(made)).map(name => [name, { fails: "servfail" as const }]),
  )
  const seen = await keys.look("a.test", createTableResolver(dns))
  assert.deepEqual(
    seen.map(one => one.seen),
    ["unknown", "unknown"],
  )
  assert.deepEqual(states(await keys.list("a.test")), states(made))
})

test("new keys sign at once where the operator says so, under names of their own", async t => {
  const { keys, signing } = await openTestSigning(t)
  await inUse(keys)
  assert.equal((await keys.rotate("a.test", "at-once")).kind, "made")
  assert.deepEqual(states(await keys.list("a.test")), [
    "lk20260304e retiring",
    "lk20260304n2e active",
    "lk20260304n2r active",
    "lk20260304r retiring",
  ])
  assert.match(await signing.sign("a.test", message), /s=lk20260304n2e/)
  await keys.rotate("a.test", "when-seen")
  assert.equal((await keys.rotate("a.test", "at-once")).kind, "begun")
})

test("a key that was taken back signs nothing more, and has a follower", async t => {
  const { keys, signing } = await openTestSigning(t)
  await inUse(keys)
  assert.equal((await keys.revoke("a.test", "lk20260304r")).kind, "revoked")
  assert.equal((await keys.revoke("a.test", "lk20260304r")).kind, "no-such-key")
  assert.doesNotMatch(await signing.sign("a.test", message), /rsa/)
  assert.equal((await keys.revoke("a.test", "lk20260304e")).kind, "revoked")
  assert.equal(await signing.sign("a.test", message), "")
  assert.deepEqual(states(await keys.list("a.test")), [
    "lk20260304e revoked",
    "lk20260304n2e coming",
    "lk20260304n2r coming",
    "lk20260304r revoked",
  ])
})

test("a row that somebody wrote or changed in the database is no key", async t => {
  const { keys, signing, store, log } = await openTestSigning(t)
  await inUse(keys)
  await keys.ensure("b.test")
  await store.owner`update dkim_key set state = 'active' where domain = 'b.test'`
  assert.deepEqual(await keys.list("b.test"), [])
  assert.equal(await signing.sign("b.test", message), "")
  await store.owner`update dkim_key set public_key = (select public_key from dkim_key where domain = 'b.test'
    and algorithm = 'rsa') where domain = 'a.test' and algorithm = 'rsa'`
  assert.deepEqual(states(await keys.list("a.test")), ["lk20260304e active"])
  assert.ok(log.events.some(event => event.name === "sending.dkim-key-not-ours"))
  await turnKeys(store, keys, createTableResolver({}))
  assert.deepEqual(states(await keys.list("b.test")), ["lk20260304n2e coming", "lk20260304n2r coming"])
})

test("the doctor says for how many domains nothing is signed", async t => {
  const { keys, store } = await openTestSigning(t)
  assert.match((await examineSigning(store)).says, /^mail of 2 of 2 domains goes out unsigned/)
  await inUse(keys)
  assert.match((await examineSigning(store)).says, /^mail of 1 of 2 domains/)
  await keys.ensure("b.test")
  await keys.rotate("b.test", "at-once")
  assert.equal((await examineSigning(store)).state, "well")
})

test("another node signs with the new keys as soon as it hears of them", async t => {
  const house = await openTestSigning(t)
  const other = await openSigning({ ...house, vaults: await house.again() })
  t.after(() => other.close())
  await inUse(house.keys)
  assert.match(await other.sign("a.test", message), /s=lk20260304r/)
  await house.keys.rotate("a.test", "at-once")
  const until = performance.now() + 5_000
  let fields = ""
  while (!/n2r/.test(fields) && performance.now() < until) {
    await pause(10)
    fields = await other.sign("a.test", message)
  }
  assert.match(fields, /s=lk20260304n2r/)
})

test("two nodes that need the first keys at once make one pair", async t => {
  const house = await openTestSigning(t)
  const others = createDomainKeys({ ...house, vaults: await house.again() })
  const [mine, theirs] = await Promise.all([house.keys.ensure("a.test"), others.ensure("a.test")])
  assert.deepEqual(states(mine), states(theirs))
  assert.equal(mine?.length, 2)
})

test("who signs is the author's domain or the nearest of ours above it", async t => {
  const { keys, signing } = await openTestSigning(t)
  await inUse(keys)
  assert.match(await signing.sign("news.shop.a.test", message), /d=a\.test;/)
  for (const domain of ["xa.test", "b.test", "test", "a.test.far.test"])
    assert.equal(await signing.sign(domain, message), "", domain)
  await keys.rotate("b.test", "at-once")
  const until = performance.now() + 5_000
  let fields = ""
  while (fields === "" && performance.now() < until) {
    await pause(10)
    fields = await signing.sign("x.b.test", message)
  }
  assert.match(fields, /d=b\.test;/)
})

test("a message without one From is left unsigned, and a domain that is not ours has no keys", async t => {
  const { keys, signing, log } = await openTestSigning(t)
  await inUse(keys)
  assert.equal(await signing.sign("a.test", Buffer.from("Subject: who\r\n\r\nx\r\n")), "")
  assert.ok(log.events.some(event => event.name === "sending.left-unsigned"))
  assert.equal(await keys.ensure("far.test"), undefined)
  assert.deepEqual(await keys.rotate("far.test", "at-once"), { kind: "not-ours" })
  assert.equal(await signing.sign("far.test", message), "")
})
