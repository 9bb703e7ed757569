import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, secret } from "../../privacy/index.ts"
import { openTestHouse, password } from "../open-test-house.ts"
import { openTestSending } from "../open-test-sending.ts"
import { filterTraffic } from "./limits.ts"
import { foundBy, letter, queuedIn, vouchedFor } from "./open-test-filters.ts"

const rejects = 'require "reject"; reject "No, thanks";'

test("tells the sender by a report what one of several readers refuses, and keeps it where nobody may be told", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", rejects)
  await house.deliver(letter("both"), "anna", "ben")
  const [report, ...more] = await queuedIn(house)
  assert.ok(report)
  assert.deepEqual(more, [])
  assert.deepEqual([report.kind, report.from, report.to], ["report", "", ["carla@far.test"]])
  assert.match(report.text, /Final-Recipient: rfc822; ?anna@near\.test\r\n[\s\S]*550 5\.7\.1 No, thanks/)
  assert.deepEqual(await foundBy(house), [])
  assert.deepEqual(await foundBy(house, "ben"), ["INBOX: both"])
  const incoming = house.receive.begin({
    ...(await house.envelopeTo("anna", "ben")),
    reversePath: mailAddress(""),
  })
  incoming.write(Buffer.from(letter("null")))
  assert.equal((await incoming.finish()).kind, "kept")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house), ["INBOX: null"])
})

test("reports to no return path that nothing vouches for: it may be somebody's who sent nothing", async t => {
  const house = await openTestHouse(t, { "far.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] } })
  await house.setFilter("anna", rejects)
  const incoming = house.receive.begin({
    ...(await house.envelopeTo("anna", "ben")),
    reversePath: mailAddress("victim@elsewhere.test"),
  })
  incoming.write(Buffer.from(letter("forged", [], "victim@elsewhere.test")))
  assert.equal((await incoming.finish()).kind, "kept")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house), ["INBOX: forged"])
})

test("reports of an account's refusals are counted for each day; of more, the mail is kept", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", rejects)
  await house.deliver(letter("first"), "anna", "ben")
  assert.equal((await queuedIn(house)).length, 1)
  const [row] = await house.store.sql<{ account_id: number; kind: number }[]>`
    select account_id, kind from filter_memory`
  assert.ok(row)
  await house.store.owner`
    insert into filter_memory (account_id, hash, memory_id, kind, until)
    select ${row.account_id}, decode(lpad(to_hex(n), 32, '0'), 'hex'), n, ${row.kind}, now() + interval '1 hour'
    from generate_series(1, ${filterTraffic.reportsADay - 2}) n`
  await Promise.all([
    house.deliver(letter("last"), "anna", "ben"),
    house.deliver(letter("more"), "anna", "ben"),
  ])
  assert.equal((await queuedIn(house)).length, 1)
  assert.equal((await foundBy(house)).length, 1)
})

test("who was sent the message by a filter reports to no stranger: it stays with whoever sent it on", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", 'redirect "ben@near.test";')
  await house.setFilter("ben", rejects)
  assert.equal((await house.deliver(letter("who?"), "anna")).kind, "kept")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house, "ben"), [])
  await house.tellFault.idle()
  assert.deepEqual(await foundBy(house), ["INBOX: Your filter could not do all that it says", "INBOX: who?"])
})

test("who has their own copy beside what they sent on gets no second one of what was refused there", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter("anna", 'require "copy"; redirect :copy "ben@near.test";')
  await house.setFilter("ben", rejects)
  await house.deliver(letter("who?"), "anna")
  assert.deepEqual(await queuedIn(house), [])
  assert.equal((await foundBy(house)).filter(each => each === "INBOX: who?").length, 1)
})

test("a colleague hears by no report of whom a filter of another sends on to", async t => {
  const house = await openTestSending(t)
  await house.people.addAccount(mailAddress("cleo@near.test"), secret(password))
  const found = await house.receive.recipient(mailAddress("cleo@near.test"))
  assert.ok(found.kind === "local")
  await house.setFilter("anna", 'redirect "ben@near.test";')
  await house.setFilter("ben", rejects)
  const text = "From: cleo@near.test\nTo: anna@near.test\nSubject: who?\n\nGood day.\n"
  assert.equal((await house.send(found.accountId, ["anna@near.test"], text, "cleo@near.test")).kind, "kept")
  assert.deepEqual(await foundBy(house, "cleo"), ["Sent: who?"])
  assert.ok((await foundBy(house)).includes("INBOX: who?"))
})
