import assert from "node:assert/strict"
import { test } from "node:test"
import { mailAddress, senderPattern } from "../../privacy/index.ts"
import { openTestHouse } from "../open-test-house.ts"
import { foundBy, letter, type TestHouse } from "./open-test-filters.ts"

async function keywordsIn({ store }: TestHouse): Promise<unknown[]> {
  const rows = await store.sql`
    select keywords, array_agg(deleted order by mailbox_id) as deleted from email join membership using (account_id, email_id)
    group by account_id, email_id, keywords order by email_id`
  return rows.map(({ keywords, deleted }) => [keywords, deleted])
}

test("files a message by name and by use, makes a mailbox where it is asked to, and takes the inbox where there is none", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    `require ["fileinto", "mailbox", "special-use", "variables"];
     if header :matches "subject" "into *" { fileinto :create "\${1}"; }
     elsif header :is "subject" "nowhere" { fileinto "Nowhere"; }
     elsif header :is "subject" "use" { fileinto :specialuse "\\\\Archive" "Other"; }
     elsif allof (header :is "subject" "there", mailboxexists "Shop/New") { fileinto "Shop/New"; }`,
  )
  for (const subject of ["plain", "into Shop/New", "nowhere", "use", "there", "into a//b", "into inbox"])
    assert.equal((await house.deliver(letter(subject), "anna")).kind, "kept")
  await house.tellFault.idle()
  assert.deepEqual(await foundBy(house), [
    "Archive: use",
    "INBOX: Your filter could not do all that it says",
    "INBOX: into a//b",
    "INBOX: into inbox",
    "INBOX: nowhere",
    "INBOX: plain",
    "Shop/New: into Shop/New",
    "Shop/New: there",
  ])
})

test("puts one email into several mailboxes, and makes another one where the flags are others", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    `require ["fileinto", "imap4flags", "copy"];
     fileinto :copy "Archive"; fileinto :copy :flags ["\\\\Seen", "Work"] "Trash"; fileinto :flags "\\\\Deleted" "Sent"; keep;`,
  )
  await house.deliver(letter("many"), "anna", "ben")
  assert.deepEqual(await foundBy(house), ["Archive: many", "INBOX: many", "Sent: many", "Trash: many"])
  assert.deepEqual(await foundBy(house, "ben"), ["INBOX: many"])
  const emails = await keywordsIn(house)
  assert.equal(emails.length, 3)
  assert.ok(emails.some(each => JSON.stringify(each) === '[["$seen","work"],[false]]'))
  assert.ok(emails.some(each => JSON.stringify(each) === "[[],[false,true,false]]"))
})

test("throws away what the filter throws away, and says so in the log by its id alone", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'if header :is "subject" "gone" { discard; }')
  const outcome = await house.deliver(letter("gone"), "anna")
  assert.ok(outcome.kind === "kept")
  assert.deepEqual(await foundBy(house), [])
  const ran = house.log.events.find(({ name }) => name === "filter.ran")
  assert.deepEqual(
    { ...ran?.fields, account: undefined },
    { ...{ message: outcome.id, account: undefined, emails: 0, queued: 0, refused: false, faults: 0 } },
  )
  await house.deliver(letter("gone"), "anna", "ben")
  assert.deepEqual(await foundBy(house, "ben"), ["INBOX: gone"])
})

test("sees the message as it is kept, the verdict with it, and whom it was for", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    `require ["envelope", "subaddress", "fileinto", "mailbox", "variables"];
     if allof (envelope :detail "to" "shop", header :contains "received" "by mx.near.test",
       header :matches "x-letterkeep-screening" "*accept*", address "return-path" "carla@far.test") { fileinto :create "Yes"; }`,
  )
  await house.deliver(letter("hello"), "anna+shop")
  assert.deepEqual(await foundBy(house), ["Yes: hello"])
})

test("leaves in Junk what is doubted, unless the filter has looked at the verdict", async t => {
  const house = await openTestHouse(t)
  await house.people.addRule(mailAddress("anna@near.test"), "block", senderPattern("@far.test"))
  const shop = `require ["fileinto", "imap4flags"]; if header :contains "subject" "shop" { addflag "\\\\Flagged"; fileinto "Archive"; stop; }`
  await house.setFilter("anna", shop)
  await house.deliver(letter("shop"), "anna")
  await house.deliver(letter("plain"), "anna")
  assert.deepEqual(await foundBy(house), ["Junk: plain", "Junk: shop"])
  assert.deepEqual(await keywordsIn(house), [
    [["$flagged", "$junk"], [false]],
    [["$junk"], [false]],
  ])
  await house.setFilter(
    "anna",
    `${shop}
     if header :contains "x-letterkeep-screening" "junk" {
       if header :is "subject" "rescued" { keep; } elsif header :is "subject" "later" { fileinto "Trash"; }
     }`,
  )
  for (const subject of ["rescued", "later", "left"]) await house.deliver(letter(subject), "anna")
  assert.deepEqual(await foundBy(house), [
    ...["INBOX: rescued", "Junk: left", "Junk: plain", "Junk: shop", "Trash: later"],
  ])
})

test("refuses at SMTP what all its readers refuse, in the filter's words where SMTP can say them", async t => {
  const house = await openTestHouse(t)
  const rejecting = 'require "reject"; reject text:\r\nNot\r\nhere.\r\n.\r\n;'
  await house.setFilter("anna", rejecting)
  const refused = { kind: "refused", code: "policy", text: "Not here." }
  assert.deepEqual(await house.deliver(letter("one"), "anna"), refused)
  await house.setFilter("ben", 'require "ereject"; ereject "Nicht schön";')
  assert.deepEqual(await house.deliver(letter("two"), "anna", "ben"), refused)
  assert.deepEqual(await house.deliver(letter("three"), "ben"), {
    ...refused,
    text: "The recipient does not want this message.",
  })
  assert.deepEqual([...(await foundBy(house)), ...(await foundBy(house, "ben"))], [])
})

test("keeps the message where the filter fails, and tells its owner once a day", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    'require ["fileinto", "variables", "ihave"]; fileinto "Trash"; set "a" "x"; error "no more";',
  )
  for (const subject of ["one", "two"]) {
    assert.equal((await house.deliver(letter(subject), "anna")).kind, "kept")
    await house.tellFault.idle()
  }
  const notice = "Your filter could not do all that it says"
  assert.deepEqual(await foundBy(house), [`INBOX: ${notice}`, "INBOX: one", "INBOX: two"])
  const told = (await house.mailOf("anna")).find(({ body }) => body.includes(notice))
  assert.match(told?.body ?? "", /\r\n- line 1: the script says: no more\r\n/)
})

test("knows what came before, for as long as the filter says, also when it comes twice at once", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "duplicate"; if duplicate { discard; }')
  const twice = letter("twice", ["Message-ID: <one@far.test>"])
  await Promise.all([1, 2, 3].map(() => house.deliver(twice, "anna")))
  await house.deliver(letter("other", ["Message-ID: <two@far.test>"]), "anna")
  assert.deepEqual(await foundBy(house), ["INBOX: other", "INBOX: twice"])
  const rows = await house.store.sql`select * from filter_memory`
  assert.ok(rows.length >= 2 && rows.every(({ hash }) => Buffer.from(hash).length === 16))
})

test("messages that come at once and make the same mailbox all go into it", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require ["fileinto", "mailbox"]; fileinto :create "New/Box";')
  const outcomes = await Promise.all([1, 2, 3, 4].map(n => house.deliver(letter(`${n}`), "anna")))
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ["kept", "kept", "kept", "kept"],
  )
  await house.tellFault.idle()
  assert.deepEqual(
    await foundBy(house),
    [1, 2, 3, 4].map(n => `New/Box: ${n}`),
  )
})
