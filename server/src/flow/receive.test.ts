import assert from "node:assert/strict"
import { test } from "node:test"
import { FIELDS_LIMIT } from "@letterkeep/mime"
import { setQuota } from "../messages/index.ts"
import { mailAddress, senderPattern } from "../privacy/index.ts"
import { testPrivacy } from "../privacy/test-privacy.ts"
import { headerLimit } from "./gather.ts"
import { openTestHouse } from "./open-test-house.ts"

const letter =
  "From: carla@far.test\r\nDate: Tue, 3 Nov 2026 04:05:06 +0000\r\nSubject: Hi\r\n\r\nGood day\r\n"

/** What follows the fields that were written above a message. */
function asItCame(body: string): string {
  return body
    .slice(body.indexOf("\r\n", body.indexOf("X-Letterkeep-Screening:")) + 2)
    .replace(/^(\t[^\n]*\n)+/, "")
}

test("keeps a message for two readers as it came, below what a server has to write above it", async t => {
  const { deliver, mailOf, log } = await openTestHouse(t)
  assert.equal((await deliver(letter, "anna", "ben")).kind, "kept")
  for (const name of ["anna", "ben"]) {
    const [mail, ...more] = await mailOf(name)
    assert.ok(mail)
    assert.deepEqual(more, [])
    assert.equal(mail.mailbox, "INBOX")
    assert.equal(asItCame(mail.body), letter)
    assert.match(
      mail.body,
      /^Return-Path: <carla@far\.test>\r\nReceived: from mx\.far\.test \(\[192\.0\.2\.1\]\)\r\n/,
    )
    assert.doesNotMatch(mail.body, /near\.test>/, "one reader must not learn of the other")
    assert.match(mail.body, /\r\nAuthentication-Results: mx\.near\.test;/)
  }
  assert.deepEqual(
    log.events.map(event => event.name),
    ["receive.kept"],
  )
})

test("gives one copy to somebody who is named by two addresses", async t => {
  const { deliver, mailOf, people } = await openTestHouse(t)
  await people.addAlias(mailAddress("anna.b@near.test"), mailAddress("anna@near.test"))
  assert.equal((await deliver(letter, "anna", "anna.b", "anna+tag")).kind, "kept")
  assert.equal((await mailOf("anna")).length, 1)
})

test("refuses what its domain wants refused, and keeps none of it", async t => {
  const { deliver, mailOf, log } = await openTestHouse(t, {
    "_dmarc.far.test": { txt: ["v=DMARC1; p=reject"] },
    "far.test": { txt: ["v=spf1 -all"], a: ["192.0.2.9"] },
  })
  const outcome = await deliver(letter, "anna")
  assert.equal(outcome.kind, "refused")
  assert.deepEqual(await mailOf("anna"), [])
  assert.deepEqual(
    log.events.map(event => event.fields.why),
    ["policy"],
  )
})

test("puts what is doubted into Junk, with the reasons, for each reader by their own rules", async t => {
  const { deliver, mailOf, people } = await openTestHouse(t)
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("@far.test"))
  assert.equal((await deliver(letter, "anna", "ben")).kind, "kept")
  assert.equal((await mailOf("anna"))[0]?.mailbox, "INBOX")
  const [junk] = await mailOf("ben")
  assert.equal(junk?.mailbox, "Junk")
  assert.equal(junk?.reasons[0], "blocked-by-you")
  assert.match(junk?.body ?? "", /\r\nX-Letterkeep-Screening: junk;\r\n\tblocked-by-you /)
})

test("takes out only the fields that forge our own authentication results", async t => {
  const { deliver, mailOf } = await openTestHouse(t)
  const forged = "Authentication-Results: mx.near.test;\r\n\tdmarc=pass header.from=far.test\r\n"
  const others = "Authentication-Results: mx.other.test; spf=pass\r\n"
  await deliver(`X-First: 1\r\n${forged}${others}${forged}${letter}`, "anna")
  assert.equal(asItCame((await mailOf("anna"))[0]?.body ?? ""), `X-First: 1\r\n${others}${letter}`)
})

test("refuses a header without an end", async t => {
  const { deliver, mailOf } = await openTestHouse(t)
  const endless = `X-Long: ${"y".repeat(900)}\r\n`.repeat(Math.ceil(headerLimit / 900) + 1)
  const outcome = await deliver(`${endless}\r\nbody\r\n`, "anna")
  assert.ok(outcome.kind === "refused" && outcome.code === "content")
  assert.deepEqual(await mailOf("anna"), [])
})

test("refuses a header of too many fields, and takes one of many that forge our results", async t => {
  const { deliver, mailOf } = await openTestHouse(t)
  assert.deepEqual(await deliver(`${"X: y\r\n".repeat(FIELDS_LIMIT)}${letter}`, "anna"), {
    kind: "refused",
    code: "content",
    text: "The header of this message has too many fields.",
  })
  assert.deepEqual(await mailOf("anna"), [])
  const forged = "Authentication-Results: mx.near.test; spf=pass\r\n".repeat(FIELDS_LIMIT - 3)
  assert.equal((await deliver(forged + letter, "anna")).kind, "kept")
  assert.equal(asItCame((await mailOf("anna"))[0]?.body ?? ""), letter)
})

test("puts off what there is no room for, and what the store does not take", async t => {
  const { deliver, disk, store, mailOf } = await openTestHouse(t)
  disk.room = "low"
  assert.deepEqual(await deliver(letter, "anna"), { kind: "later", why: "room" })
  disk.room = "enough"
  await store.owner`alter table idx_entry rename to away`
  assert.deepEqual(await deliver(letter, "anna"), { kind: "later", why: "store" })
  await store.owner`alter table away rename to idx_entry`
  assert.deepEqual(await mailOf("anna"), [])
})

test("keeps nothing of a message whose sender went away", async t => {
  const { receive, envelopeTo, mailOf, deliver } = await openTestHouse(t)
  const incoming = receive.begin(await envelopeTo("anna"))
  incoming.write(Buffer.from(letter))
  incoming.abandon()
  assert.equal((await deliver(letter, "anna")).kind, "kept")
  assert.equal((await mailOf("anna")).length, 1)
})

test("tells who is here, who is not, and who has no room", async t => {
  const { receive } = await openTestHouse(t)
  const kindOf = async (address: string, size?: number) =>
    (await receive.recipient(mailAddress(address), size)).kind
  assert.equal(await kindOf("anna@near.test"), "local")
  assert.equal(await kindOf("nobody@near.test"), "unknown")
  assert.equal(await kindOf("anna@elsewhere.test"), "not-ours")
  const ben = await receive.recipient(mailAddress("Ben+x@NEAR.test"))
  assert.equal(ben.kind, "local")
})

test("turns away what is larger than the room that an account has left", async t => {
  const { receive, store, people } = await openTestHouse(t)
  const ben = await testPrivacy.gate("account.serve", { kind: "stranger" }, permit =>
    people.findRecipient(mailAddress("ben@near.test"), permit),
  )
  assert.ok(ben.kind === "local")
  assert.equal(await setQuota(store, ben.accountId, 1000), true)
  assert.equal((await receive.recipient(mailAddress("ben@near.test"), 999)).kind, "local")
  assert.equal((await receive.recipient(mailAddress("ben@near.test"), 1001)).kind, "over-quota")
})

test("refuses what would lie on the disk too often", async t => {
  const { deliver, mailOf } = await openTestHouse(t, {}, { copiesLimit: letter.length * 2 })
  assert.equal((await deliver(letter, "anna", "ben")).kind, "kept")
  const outcome = await deliver(`X-More: 1\r\n${letter}`, "anna", "ben")
  assert.ok(outcome.kind === "refused" && outcome.code === "too-large")
  assert.equal((await mailOf("anna")).length, 1)
})

test("lets junk join no conversation, and make none of two", async t => {
  const { deliver, people, store } = await openTestHouse(t)
  const write = (id: string, from: string, references = "") =>
    deliver(
      letter
        .replace("carla@far.test", from)
        .replace("Subject:", `Message-ID: <${id}>\r\n${references}Subject:`),
      "anna",
    )
  await people.addRule(mailAddress("anna@near.test"), "block", senderPattern("@evil.test"))
  await write("one@far.test", "carla@far.test")
  await write("two@far.test", "carla@far.test")
  await write("three@evil.test", "mallory@evil.test", "References: <one@far.test> <two@far.test>\r\n")
  await write("four@far.test", "carla@far.test", "References: <two@far.test>\r\n")
  const rows = await store.sql<{ thread_id: number }[]>`select thread_id from email order by email_id`
  assert.deepEqual(
    rows.map(row => row.thread_id),
    [1, 2, 3, 2],
  )
})
