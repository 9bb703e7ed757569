import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { writeDsn } from "@letterkeep/dsn"
import { mailAddress, organisation, senderPattern } from "../../privacy/index.ts"
import { openTestHouse } from "../open-test-house.ts"
import { filterTraffic } from "./limits.ts"
import { foundBy, letter, queuedIn } from "./open-test-filters.ts"

const dsn = (id: string): Buffer =>
  writeDsn({
    report: {
      arrivedAt: 0,
      recipients: [{ final: { type: "rfc822", value: "anna@work.test" }, action: "failed", status: "5.1.1" }],
    },
    hostname: "mx.work.test",
    from: "postmaster@work.test",
    to: "carla@far.test",
    date: 0,
    messageId: `${id}@work.test`,
    boundary: "0123456789abcdef0123456789abcdef",
    original: Buffer.from(letter("go on")),
    ret: "headers",
    international: false,
  }).bytes

async function open(t: TestContext) {
  const house = await openTestHouse(t, { "other.test": { txt: ["v=spf1 ip4:192.0.2.1 -all"] } })
  const redirected = async (from = "carla@far.test"): Promise<string> => {
    await house.setFilter("anna", 'redirect "anna@work.test";')
    const envelope = { ...(await house.envelopeTo("anna")), reversePath: mailAddress(from) }
    const incoming = house.receive.begin(envelope)
    incoming.write(Buffer.from(letter("go on", [], from)))
    await incoming.finish()
    const [forwarded] = await queuedIn(house)
    assert.ok(forwarded)
    return forwarded.from
  }
  const recipientOf = async (path: string) => {
    const answer = await house.receive.recipient(mailAddress(path))
    assert.ok(answer.kind === "local")
    return answer
  }
  const send = async (bytes: Buffer, recipients: Awaited<ReturnType<typeof recipientOf>>[], from = "") => {
    const envelope = { ...(await house.envelopeTo("ben")), recipients, reversePath: mailAddress(from) }
    const incoming = house.receive.begin(envelope)
    incoming.write(bytes)
    return await incoming.finish()
  }
  return { ...house, redirected, recipientOf, send }
}

test("turns a report that comes to a return path back to the sender, and takes nothing else there", async t => {
  const house = await open(t)
  const path = await house.redirected()
  const answer = await house.recipientOf(path)
  const plain = Buffer.from(letter("buy this", [], "postmaster@work.test"))
  for (const refused of [
    await house.send(dsn("one"), [answer], "somebody@far.test"),
    await house.send(dsn("one"), [answer, answer]),
    await house.send(plain, [answer]),
    await house.send(Buffer.from(letter("buy this", ["Auto-Submitted: no"])), [answer]),
  ])
    assert.ok(refused.kind === "refused" && refused.code === "policy")
  assert.deepEqual(await queuedIn(house), [])
  assert.equal((await house.send(dsn("one"), [answer])).kind, "kept")
  const [report, ...more] = await queuedIn(house)
  assert.deepEqual(more, [])
  assert.deepEqual([report?.kind, report?.from, report?.to], ["report", "", ["carla@far.test"]])
  assert.match(
    report?.text ?? "",
    /^Received: from mx\.far\.test [\s\S]*\r\nMessage-ID: <one@work\.test>\r\n/i,
  )
  const programs = Buffer.from(letter("no room", ["Auto-Submitted: auto-replied"]))
  assert.equal((await house.send(programs, [answer])).kind, "kept")
  assert.equal((await queuedIn(house)).length, 1)
  assert.deepEqual([...(await foundBy(house)), ...(await foundBy(house, "ben"))], [])
  for (const forged of [path.replace(/^SRS0=./, "SRS0=!"), path.replace("carla", "ben"), "SRS0=x@near.test"])
    assert.equal((await house.receive.recipient(mailAddress(forged))).kind, "unknown", forged)
})

test("a return path takes few reports in a day, however its letters are written and however many come at once", async t => {
  const house = await open(t)
  const path = await house.redirected()
  const answers = [
    await house.recipientOf(path),
    await house.recipientOf(path.replace("near.test", "NEAR.test")),
  ]
  const outcomes = await Promise.all(
    Array.from({ length: filterTraffic.returnsADay + 4 }, (_, n) =>
      house.send(dsn(`n${n}`), answers.slice(n % 2, (n % 2) + 1)),
    ),
  )
  assert.equal(outcomes.filter(({ kind }) => kind === "kept").length, filterTraffic.returnsADay)
  assert.equal((await queuedIn(house)).length, filterTraffic.returnsADay)
})

test("turns back nothing that screening doubts", async t => {
  const house = await open(t)
  const answer = await house.recipientOf(await house.redirected())
  await house.people.addRule(mailAddress("anna@near.test"), "block", senderPattern("@work.test"))
  await house.people.addRule(mailAddress("ben@near.test"), "block", senderPattern("@work.test"))
  assert.equal((await house.send(dsn("one"), [answer])).kind, "refused")
  assert.deepEqual(await queuedIn(house), [])
})

test("somebody here has a report in the inbox, which says that it is one and no letter of a filter's", async t => {
  const house = await open(t)
  await house.people.addDomain(organisation("other.test"))
  await house.people.addAlias(mailAddress("ben@other.test"), mailAddress("ben@near.test"))
  const path = await house.redirected("ben@other.test")
  assert.match(path, /^SRS0=/)
  assert.equal((await house.send(dsn("one"), [await house.recipientOf(path)])).kind, "kept")
  assert.deepEqual(
    (await house.mailOf("ben")).map(({ mailbox, reasons }) => [mailbox, reasons]),
    [["INBOX", ["turned-back"]]],
  )
})
