import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { returnPath } from "@letterkeep/srs"
import { createKeep } from "../../messages/index.ts"
import { systemChance } from "../../ports/chance.ts"
import { systemClock } from "../../ports/clock.ts"
import { mailAddress, peerWord, secret, senderPattern } from "../../privacy/index.ts"
import { createReturnTags, createSettler, readSent } from "../../sending/index.ts"
import { type AccountId, asId } from "../../store/ids.ts"
import { openTestHouse, password } from "../open-test-house.ts"
import { filterTraffic } from "./limits.ts"
import { foundBy, letter, queuedIn, vouchedFor } from "./open-test-filters.ts"
import { splitAddress, srsKey } from "./return-paths.ts"

test("forwards a message as it came, from a path of ours that leads back to its sender", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "copy"; redirect "anna@work.test"; redirect :copy "log@work.test";')
  const sent = letter("go on", ["Message-ID: <one@far.test>"])
  await house.deliver(sent, "anna")
  assert.deepEqual(await foundBy(house), [])
  const waiting = await queuedIn(house)
  assert.deepEqual(
    waiting.map(({ kind, to, signedBy }) => [kind, to, signedBy]),
    [
      ["forwarded", ["anna@work.test"], undefined],
      ["forwarded", ["log@work.test"], undefined],
    ],
  )
  const [first] = waiting
  assert.ok(first)
  const [trace, message] = [first.text.slice(0, -sent.length), first.text.slice(-sent.length)]
  assert.equal(message, sent)
  assert.match(trace, /^Received: from mx\.far\.test [\s\S]*\r\nX-Letterkeep-Forwarded: [0-9a-f]{48}\r\n$/)
  assert.doesNotMatch(trace, /Return-Path|Screening/)
  const path = splitAddress(first.from)
  assert.ok(path)
  assert.equal(path.domain, "near.test")
  const back = returnPath(path, { keys: [srsKey(house.vaults)], now: Date.now() })
  assert.deepEqual(back, { kind: "address", address: { localPart: "carla", domain: "far.test" } })
})

test("forwards nothing again: not what has its mark, what went there today, or what is in a loop; it keeps that", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'redirect "anna@work.test";')
  const one = letter("one", ["Message-ID: <one@far.test>"])
  await house.deliver(one, "anna")
  const [forwarded] = await queuedIn(house)
  await house.deliver(one, "anna")
  await house.deliver(
    forwarded?.text.replace("<one@", "<other@").replace("Subject: one", "Subject: back") ?? "",
    "anna",
  )
  const hops = Array.from(
    { length: 41 },
    (_, n) => `Received: from ${n}.test by ${n + 1}.test; Tue, 3 Nov 2026 04:05:06 +0000`,
  )
  await house.deliver(letter("far", hops), "anna")
  await house.setFilter("anna", 'redirect "Anna@near.test";')
  await house.deliver(letter("self"), "anna")
  await house.tellFault.idle()
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house), [
    ...[
      "INBOX: Your filter could not do all that it says",
      "INBOX: back",
      "INBOX: far",
      "INBOX: one",
      "INBOX: self",
    ],
  ])
})

test("gives what is forwarded to somebody here to their filter, and each of them has it once", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'redirect "ben@near.test";')
  await house.setFilter(
    "ben",
    'require ["fileinto", "copy"]; redirect :copy "anna@near.test"; fileinto "Archive";',
  )
  await house.deliver(letter("round"), "anna")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house, "ben"), ["Archive: round"])
  assert.deepEqual(await foundBy(house), [])
  await house.deliver(letter("both"), "anna", "ben")
  assert.deepEqual(await foundBy(house, "ben"), ["Archive: both", "Archive: round"])
  await house.setFilter("anna", 'redirect "nobody@near.test";')
  await house.deliver(letter("lost?"), "anna")
  assert.ok((await foundBy(house)).includes("INBOX: lost?"))
})

test("tells the next server nothing of what the sender asked to be told, but of failures", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'redirect "anna@work.test";')
  for (const notify of ["success", "never"] as const) {
    const envelope = await house.envelopeTo("anna")
    const asked = { notify: [notify], orcpt: mailAddress("rfc822;anna@near.test") }
    const incoming = house.receive.begin({
      ...envelope,
      recipients: envelope.recipients.map(each => ({ ...each, ...asked })),
      envid: peerWord("QQ314159"),
      smtputf8: true,
    })
    incoming.write(Buffer.from(letter(notify)))
    assert.equal((await incoming.finish()).kind, "kept")
    const { claimed } = await house.queue.claim({ limit: 1, each: 1, leaseMs: 600_000, busy: [] })
    const [mail] = claimed
    assert.ok(mail)
    assert.deepEqual(
      mail.recipients.map(({ notify, orcpt }) => [notify, orcpt]),
      [[[notify === "never" ? "never" : "failure"], undefined]],
    )
    // What is in ASCII asks no server for SMTPUTF8, whatever the sender's program said.
    assert.deepEqual([mail.envid, mail.smtputf8], [undefined, false])
  }
})

test("the marks of two messages of one account have nothing in common", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'redirect "anna@work.test";')
  await house.deliver(letter("one"), "anna")
  await house.deliver(letter("two"), "anna")
  const marks = (await queuedIn(house)).map(
    ({ text }) => /X-Letterkeep-Forwarded: (\S+)/.exec(text)?.[1] ?? "",
  )
  assert.equal(new Set(marks.flatMap(mark => [mark.slice(0, 16), mark.slice(16)])).size, 4)
})

test("makes no more of one message than its octets allow, for all its readers together; the rest is kept", async t => {
  const size = letter("large").length
  const house = await openTestHouse(t, {}, { moreOctets: size * 3 })
  await house.setFilter("anna", 'require "copy"; redirect :copy "a@work.test"; redirect "b@work.test";')
  await house.setFilter(
    "ben",
    `require ["fileinto", "imap4flags", "copy"]; redirect :copy "c@work.test"; redirect :copy "d@work.test";
     fileinto :flags "x" "Archive"; keep;`,
  )
  await house.deliver(letter("large"), "anna", "ben")
  assert.deepEqual(
    (await queuedIn(house)).flatMap(({ to }) => to),
    ["a@work.test", "b@work.test", "c@work.test"],
  )
  await house.tellFault.idle()
  assert.deepEqual(await foundBy(house), [])
  assert.deepEqual(await foundBy(house, "ben"), [
    "Archive: large",
    "INBOX: Your filter could not do all that it says",
  ])
})

test("passes on nothing that is doubted, and answers none of it", async t => {
  const house = await openTestHouse(t)
  await house.people.addRule(mailAddress("anna@near.test"), "block", senderPattern("@far.test"))
  await house.setFilter("anna", 'require "vacation"; vacation "Away"; redirect "anna@work.test";')
  await house.deliver(letter("junk"), "anna")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house), ["Junk: junk"])
})

test("answers for somebody who is away, once for each sender, from nobody's path and from an address of theirs", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    'require "vacation"; vacation :days 3 :from "boss@elsewhere.test" "I am away.";',
  )
  await Promise.all([1, 2, 3].map(n => house.deliver(letter(`hello ${n}`), "anna")))
  const [answer, ...more] = await queuedIn(house)
  assert.ok(answer)
  assert.deepEqual(more, [])
  assert.deepEqual(
    { ...answer, text: "" },
    { kind: "reply", from: "", to: ["carla@far.test"], notify: ["never"], signedBy: "near.test", text: "" },
  )
  assert.match(answer.text, /\r\nFrom: anna@near\.test\r\n/)
  assert.match(answer.text, /\r\nAuto-Submitted: auto-replied\r\n[\s\S]*\r\n\r\nI am away\.\r\n$/)
  await house.tellFault.idle()
  assert.deepEqual((await foundBy(house)).filter(each => each.includes("hello")).length, 3)
  await house.store.owner`update filter_memory set until = now()`
  await house.deliver(letter("later"), "anna")
  assert.equal((await queuedIn(house)).length, 1)
})

test("answers somebody once whose server gives each message a return path of its own", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "vacation"; vacation "Away";')
  const tags = createReturnTags({ serverHash: (_, value) => createHash("sha256").update(value).digest() })
  const account = asId<AccountId>(3)
  const paths = [1, 2, 3].map(mail => tags.tag("carla@far.test", account, mail))
  for (const path of [...paths, "carla@far.test", "carla+b=short@far.test"]) {
    const incoming = house.receive.begin({
      ...(await house.envelopeTo("anna")),
      reversePath: mailAddress(path),
    })
    incoming.write(Buffer.from(letter("hello")))
    assert.equal((await incoming.finish()).kind, "kept")
  }
  const to = (await queuedIn(house)).map(each => each.to.join())
  assert.deepEqual(to.sort(), [paths[0], "carla+b=short@far.test"].sort())
})

test("answers of a day are counted, however soon the filter would answer again", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require ["vacation", "vacation-seconds"]; vacation :seconds 0 "Away";')
  await house.deliver(letter("one"), "anna")
  await house.deliver(letter("two"), "anna")
  assert.equal((await queuedIn(house)).length, 2)
  const [row] = await house.store.sql<{ account_id: number; kind: number }[]>`
    select account_id, max(kind) as kind from filter_memory where until > now() group by account_id`
  assert.ok(row)
  await house.store.owner`
    insert into filter_memory (account_id, hash, memory_id, kind, until)
    select ${row.account_id}, decode(lpad(to_hex(n), 32, '0'), 'hex'), n, ${row.kind}, now() + interval '1 hour'
    from generate_series(3, ${filterTraffic.answersADay}) n`
  await house.deliver(letter("three"), "anna")
  assert.equal((await queuedIn(house)).length, 0)
  await house.tellFault.idle()
  assert.ok((await foundBy(house)).includes("INBOX: three"))
})

test("answers no list, no program, no report and nobody who says that nobody reads there", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    'require "vacation"; vacation :seconds 0 "Away";'.replace(
      '"vacation"',
      '["vacation", "vacation-seconds"]',
    ),
  )
  const from = async (path: string, subject: string, more: readonly string[] = []) => {
    const envelope = { ...(await house.envelopeTo("anna")), reversePath: mailAddress(path) }
    const incoming = house.receive.begin(envelope)
    incoming.write(Buffer.from(letter(subject, more)))
    assert.equal((await incoming.finish()).kind, "kept")
  }
  await from("", "report")
  await from("no-reply@far.test", "unread")
  await from("anna@near.test", "own")
  await from("carla@far.test", "list", ["List-Id: <all.far.test>"])
  await from("carla@far.test", "bulk", ["Precedence: bulk"])
  await from("carla@far.test", "program", ["Auto-Submitted: auto-generated"])
  assert.deepEqual(await queuedIn(house), [])
  await from("carla@far.test", "person")
  assert.equal((await queuedIn(house)).length, 1)
  assert.equal((await foundBy(house)).length, 7)
})

test("where nothing can go it keeps the message, and its owner is told: to a domain that no DNS has", async t => {
  const house = await openTestHouse(t)
  await house.setFilter(
    "anna",
    `require ["variables", "vacation"]; if header :matches "x-to" "*" { redirect "${"$".concat("{1}")}"; } else { vacation "Away"; }`,
  )
  const from = async (subject: string, more: readonly string[], path = "carla@far.test") => {
    const incoming = house.receive.begin({
      ...(await house.envelopeTo("anna")),
      reversePath: mailAddress(path),
      smtputf8: true,
    })
    incoming.write(Buffer.from(letter(subject, more)))
    assert.equal((await incoming.finish()).kind, "kept")
    await house.tellFault.idle()
    await house.store.owner`update filter_memory set until = now()`
  }
  await from("redirected", ["X-To: anna@⒈com.example"])
  await from("answered", [], "carla@⒈com.example")
  assert.deepEqual(await queuedIn(house), [])
  const mail = await house.mailOf("anna")
  const told = mail.filter(({ body }) => body.includes("Subject: Your filter could not do all"))
  assert.deepEqual(
    mail
      .filter(one => !told.includes(one))
      .map(({ mailbox, body }) => [mailbox, /^Subject: (.*)\r$/m.exec(body)?.[1]]),
    [
      ["INBOX", "redirected"],
      ["INBOX", "answered"],
    ],
  )
  assert.equal(told.length, 2)
  for (const words of ["is at a domain that cannot be", "no answer was sent to carla@"])
    assert.ok(
      told.some(({ body }) => body.includes(words)),
      words,
    )
  assert.ok(!house.log.events.some(({ name }) => name === "filter.failed"))
})

test("answers somebody here in their inbox", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "vacation"; vacation :subject "Away" "Until Monday";')
  const incoming = house.receive.begin({
    ...(await house.envelopeTo("anna")),
    reversePath: mailAddress("ben@near.test"),
  })
  incoming.write(Buffer.from(letter("lunch?", [], "ben@near.test")))
  assert.equal((await incoming.finish()).kind, "kept")
  assert.deepEqual(await queuedIn(house), [])
  assert.deepEqual(await foundBy(house, "ben"), ["INBOX: Away"])
})

test("what is sent is in the queue if and only if the message is kept", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'require "vacation"; vacation "Away";')
  await house.store.owner`alter table queued_recipient rename to away`
  assert.deepEqual(await house.deliver(letter("one"), "anna"), { kind: "later", why: "store" })
  await house.store.owner`alter table away rename to queued_recipient`
  assert.deepEqual(await foundBy(house), [])
  assert.equal((await house.store.sql`select from filter_memory`).length, 0)
  await house.deliver(letter("one"), "anna")
  assert.equal((await queuedIn(house)).length, 1)
  assert.deepEqual(await foundBy(house), ["INBOX: one"])
})

test("keeps what was sent on where nobody takes it, with the reason", async t => {
  const house = await openTestHouse(t)
  await house.setFilter("anna", 'redirect "anna@work.test";')
  const sent = letter("come back")
  await house.deliver(sent, "anna")
  const { claimed } = await house.queue.claim({ limit: 1, each: 1, leaseMs: 600_000, busy: [] })
  const [mail] = claimed
  assert.ok(mail)
  const settler = createSettler({
    ...house,
    keep: createKeep(house.store, house.vaults, systemChance),
    clock: systemClock,
    chance: systemChance,
    hostname: "mx.near.test",
  })
  const reply = { code: 550, enhanced: "5.1.1", text: "no such user" }
  await settler.settle(mail, new Map([[0, { kind: "never", why: "refused", reply }]]))
  const [kept, ...more] = await house.mailOf("anna")
  assert.ok(kept)
  assert.deepEqual(more, [])
  assert.equal(kept.mailbox, "INBOX")
  assert.ok(kept.body.endsWith(sent))
  assert.deepEqual(kept.reasons, ["not-forwarded"])
  assert.match(
    kept.body,
    /X-Letterkeep-Screening: accept;\r\n\tnot-forwarded .*anna@work\.test.*no such user/,
  )
  assert.deepEqual(await queuedIn(house), [])
})

test("a person's own history says what their filter sent on and answered, and of reports nothing", async t => {
  const house = await openTestHouse(t, vouchedFor)
  await house.setFilter(
    "anna",
    'require "vacation"; vacation :subject "Away" "Hi"; redirect "anna@work.test";',
  )
  await house.setFilter("ben", 'require "reject"; reject "No";')
  await house.deliver(letter("go on", ["Message-ID: <one@far.test>"]), "anna", "ben")
  assert.equal((await queuedIn(house)).length, 3)
  const signedIn = await house.people.signIn(mailAddress("anna@near.test"), secret(password), "control")
  assert.ok(signedIn.kind === "signed-in")
  const { session } = signedIn
  const { mails: sent } = await readSent(house.store, session)
  const subject = { kind: "account", account: session.account } as const
  const said = await house.privacy.gate("mail.send", subject, async permit =>
    sent.map(({ facts }) => {
      const { kind, subject, recipients } = facts?.open(permit) ?? assert.fail("it does not open")
      return [kind, subject, ...recipients]
    }),
  )
  session.close()
  assert.deepEqual(said.sort(), [
    ["forwarded", "go on", "anna@work.test"],
    ["reply", "Away", "carla@far.test"],
  ])
  assert.equal((await house.store.sql`select from sent_mail`).length, 2)
})
