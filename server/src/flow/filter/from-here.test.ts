import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { mailAddress } from "../../privacy/index.ts"
import { openTestSending } from "../open-test-sending.ts"
import { foundBy, queuedIn } from "./open-test-filters.ts"

const letter = (subject: string, more = ""): string =>
  `From: Ben <ben@near.test>\nTo: anna@near.test\nSubject: ${subject}\n${more}\nGood day.\n`

async function open(t: TestContext) {
  const house = await openTestSending(t)
  const found = await house.receive.recipient(mailAddress("ben@near.test"))
  assert.ok(found.kind === "local")
  const write = async (subject: string, ...to: readonly string[]): Promise<void> => {
    const outcome = await house.send(found.accountId, to, letter(subject), "ben@near.test")
    assert.equal(outcome.kind, "kept")
  }
  return { ...house, write }
}

test("what somebody here writes goes through the filters of those who are here, and its copy does not", async t => {
  const house = await open(t)
  await house.setFilter(
    "anna",
    'require "fileinto"; if header :is "subject" "shop" { fileinto "Archive"; } else { discard; }',
  )
  await house.setFilter("ben", "discard;")
  await house.write("shop", "anna+x@near.test", "anna@near.test")
  await house.write("gone", "anna@near.test")
  assert.deepEqual(await foundBy(house), ["Archive: shop"])
  assert.deepEqual(await foundBy(house, "ben"), ["Sent: gone", "Sent: shop"])
})

test("a colleague is answered once, in the inbox, and hears by a report of what is refused", async t => {
  const house = await open(t)
  await house.setFilter("anna", 'require "vacation"; vacation :subject "Away" "Until Monday.";')
  await house.write("lunch?", "anna@near.test")
  await house.write("dinner?", "anna@near.test", "carla@far.test")
  const sent = ["Sent: dinner?", "Sent: lunch?"]
  assert.deepEqual(await foundBy(house, "ben"), ["INBOX: Away", ...sent])
  await house.setFilter("anna", 'require "reject"; reject "No more today";')
  await house.write("supper?", "anna@near.test")
  const mail = await house.mailOf("ben")
  assert.equal(mail.length, 5)
  assert.ok(mail.some(({ mailbox, body }) => mailbox === "INBOX" && /550 5\.7\.1 No more today/.test(body)))
  assert.equal((await foundBy(house)).filter(each => each.includes("supper")).length, 0)
})

test("what somebody here writes is sent on from their own path, and counts for the writer alone", async t => {
  const house = await open(t)
  await house.setFilter("anna", 'redirect "anna@work.test";')
  await house.write("go on", "anna@near.test", "carla@far.test")
  const waiting = await queuedIn(house)
  assert.deepEqual(
    waiting.map(({ kind, from, to }) => [kind, from, to]),
    [
      ["forwarded", "ben@near.test", ["anna@work.test"]],
      ["submitted", "ben@near.test", ["carla@far.test"]],
    ],
  )
  assert.match(
    waiting[0]?.text ?? "",
    /^X-Letterkeep-Forwarded: [0-9a-f]{48}\r\nReceived: from submission\r\n/,
  )
})
