import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { mailAddress, type Permit, senderPattern } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import { openTestSending } from "./open-test-sending.ts"

const letter = (more = "", body = "Good day.\n") =>
  `From: Anna <anna@near.test>\nTo: ben@near.test\nSubject: hello\n${more}\n${body}`

async function open(t: TestContext, changed: Parameters<typeof openTestSending>[1] = {}) {
  const house = await openTestSending(t, changed)
  const accountOf = async (name: string): Promise<AccountId> => {
    const found = await house.receive.recipient(mailAddress(`${name}@near.test`))
    return found.kind === "local" ? found.accountId : assert.fail(`${name} is not here`)
  }
  const anna = await accountOf("anna")
  /** All that waits, as whoever hands it over finds it. */
  const waiting = async (permit: Permit<"mail.send">) => {
    const { claimed } = await house.queue.claim({ limit: 100, each: 100, leaseMs: 60_000, busy: [] })
    return await Promise.all(
      claimed.map(async one => ({
        ...one,
        from: one.reversePath.open(permit),
        to: one.recipients.map(each => each.address.open(permit)),
        message: (await one.text()).open(permit).toString("latin1"),
      })),
    )
  }
  return { ...house, anna, ben: await accountOf("ben"), waiting }
}

test("a letter to somebody elsewhere waits in the queue, and its copy lies in Sent", async t => {
  const { send, anna, mailOf, waiting, privacy } = await open(t)
  const outcome = await send(anna, ["carla@far.test", "dora@far.test", "emil@other.test"], letter())
  assert.equal(outcome.kind, "kept")
  const [copy, ...others] = await mailOf("anna")
  assert.deepEqual(others, [])
  assert.equal(copy?.mailbox, "Sent")
  assert.match(copy?.body ?? "", /^Date: .*\r\nMessage-ID: <.*@mx\.near\.test>\r\nFrom: Anna/)
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit => {
    const found = await waiting(permit)
    assert.deepEqual(found.map(one => [one.domain, one.from, one.to]).sort(), [
      ["far.test", "anna@near.test", ["carla@far.test", "dora@far.test"]],
      ["other.test", "anna@near.test", ["emil@other.test"]],
    ])
    for (const { message, signedBy, kind } of found) {
      assert.deepEqual([signedBy, kind], ["near.test", "submitted"])
      assert.match(
        message,
        /^Received: from submission\r\n\tby mx\.near\.test \(Letterkeep\) with ESMTPSA id /,
      )
      assert.doesNotMatch(message, /192\.0\.2\.7|laptop/)
      assert.equal(message.slice(message.indexOf("From:")), letter().replaceAll("\n", "\r\n"))
    }
  })
})

test("somebody here has it at once, without the queue; who blocked the writer, in Junk", async t => {
  const { send, anna, mailOf, waiting, privacy, people } = await open(t)
  assert.equal((await send(anna, ["ben@near.test", "ben+tag@near.test"], letter())).kind, "kept")
  const [first, ...others] = await mailOf("ben")
  assert.deepEqual([others.length, first?.mailbox, first?.reasons], [0, "INBOX", ["sent-from-here"]])
  assert.match(first?.body ?? "", /^Return-Path: <anna@near\.test>\r\nX-Letterkeep-Screening: accept;/)
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("anna@near.test"))
  assert.equal((await send(anna, ["ben@near.test"], letter())).kind, "kept")
  assert.deepEqual((await mailOf("ben")).map(one => one.mailbox).sort(), ["INBOX", "Junk"])
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit =>
    assert.deepEqual(await waiting(permit), []),
  )
})

test("Bcc stays in the writer's copy and is sent to nobody", async t => {
  const { send, anna, mailOf, waiting, privacy } = await open(t)
  const secret = letter("Bcc: ben@near.test,\n carla@far.test\nReturn-Path: <x@y.test>\nX-Kept: yes\n")
  assert.equal((await send(anna, ["ben@near.test", "carla@far.test"], secret)).kind, "kept")
  assert.match((await mailOf("anna"))[0]?.body ?? "", /\r\nBcc: ben@near\.test,\r\n carla@far\.test\r\n/)
  const [atBen] = await mailOf("ben")
  assert.match(atBen?.body ?? "", /X-Kept: yes/)
  assert.doesNotMatch(atBen?.body ?? "", /Bcc|carla|x@y\.test/)
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit => {
    const [found] = await waiting(permit)
    assert.match(found?.message ?? "", /X-Kept: yes/)
    assert.doesNotMatch(found?.message ?? "", /Bcc|carla|x@y\.test/)
  })
})

const refused: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ["somebody else in From", "From: ben@near.test\n\nx", /not yours/],
  ["somebody elsewhere in From", "From: boss@bank.test\n\nx", /not yours/],
  ["a second author who is somebody else", "From: anna@near.test, ben@near.test\n\nx", /not yours/],
  ["two From", "From: anna@near.test\nFrom: anna@near.test\n\nx", /more than one From/],
  ["a second address behind the angle brackets", "From: <anna@near.test> <boss@bank.test>\n\nx", /no list/],
  ["an address behind an angle address", 'From: "x" <anna@near.test> boss@bank.test\n\nx', /no list/],
  ["somebody else's address as the name of ours", "From: boss@bank.test <anna@near.test>\n\nx", /not yours/],
  [
    "an author behind a crowd of groups",
    `From: anna@near.test,${"\n a:;,".repeat(5_000)}\n boss@bank.test\n\nx`,
    /not yours/,
  ],
  [
    "a stranger as Sender",
    "From: anna@near.test\nSender: boss@bank.test\n\nx",
    /^Sender has an address that is not yours/,
  ],
  [
    "a stranger in Resent-From",
    "Resent-From: anna@near.test\nResent-From: boss@bank.test\nFrom: anna@near.test\n\nx",
    /^Resent-From has/,
  ],
  [
    "a stranger in Resent-Sender",
    "Resent-Sender: <boss@bank.test>\nFrom: anna@near.test\n\nx",
    /^Resent-Sender has/,
  ],
  ["a Sender that is no address", "From: anna@near.test\nSender: anna\n\nx", /^Sender is no list/],
  ["no From", "Subject: x\n\nx", /no From/],
  ["a From of nobody", "From: undisclosed:;\n\nx", /names no address/],
  [
    "a message that went round",
    `From: anna@near.test\n${"Received: x\n".repeat(101)}\nx`,
    /too many servers/,
  ],
]
for (const [what, text, says] of refused)
  test(`refuses ${what}, and keeps nothing`, async t => {
    const { send, anna, mailOf } = await open(t)
    const outcome = await send(anna, ["carla@far.test"], text)
    assert.match(outcome.kind === "refused" ? outcome.text : "", says)
    assert.deepEqual(await mailOf("anna"), [])
  })

test("takes each form in which people write their own address", async t => {
  const { send, anna, mailOf } = await open(t)
  const forms = [
    "From: Anna N. <anna@near.test>",
    'From: "Near, Anna" <Anna+news@Near.Test> (at home)',
    "From: anna@near.test <anna@near.test>\nSender: anna@near.test",
    "From: Us: anna@near.test,\n anna+x@near.test;\nResent-From: anna@near.test",
    'From: =?utf-8?q?=C3=84nna?= <"anna"@near.test>',
  ]
  for (const form of forms)
    assert.equal((await send(anna, ["carla@far.test"], `${form}\n\nx`)).kind, "kept", form)
  assert.equal((await mailOf("anna")).length, forms.length)
})

test("what only this server may say of a message is taken out of what is handed in", async t => {
  const { send, anna, mailOf, waiting, privacy } = await open(t)
  const forged = letter(
    "Authentication-Results: mx.near.test;\n dmarc=pass header.from=bank.test\nX-Letterkeep-Screening: accept; proven\nX-Kept: yes\n",
  )
  assert.equal((await send(anna, ["ben@near.test", "carla@far.test"], forged)).kind, "kept")
  const [atBen] = await mailOf("ben")
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit => {
    const [found] = await waiting(permit)
    for (const text of [atBen?.body ?? "", found?.message ?? ""]) {
      assert.match(text, /X-Kept: yes/)
      assert.doesNotMatch(text, /Authentication-Results|bank\.test|proven/)
    }
  })
})

test("a letter needs SMTPUTF8 for what is in its header, not since a program said the word", async t => {
  const { submit, envelope, anna, waiting, privacy } = await open(t)
  const part = (name: string) =>
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name="${name}"\n\nx\n--b--\n`
  const needs: boolean[] = []
  for (const text of [
    letter(),
    letter("X-Name: Ärger\n"),
    `From: anna@near.test\n${part("plain")}`,
    `From: anna@near.test\n${part("größe")}`,
  ]) {
    const incoming = submit.begin({ ...envelope(anna, "anna@near.test", ["carla@far.test"]), smtputf8: true })
    incoming.write(Buffer.from(text.replaceAll("\n", "\r\n")))
    assert.equal((await incoming.finish()).kind, "kept")
    await privacy.gate("mail.send", { kind: "account", account: anna }, async permit => {
      needs.push(...(await waiting(permit)).map(({ smtputf8 }) => smtputf8))
    })
  }
  assert.deepEqual(needs, [false, true, false, true])
})

test("who may send as what, and to whom", async t => {
  const { submit, anna, ben, people } = await open(t)
  const as = async (address: string) => (await submit.sender(anna, mailAddress(address))).kind
  assert.equal(await as("anna@near.test"), "yours")
  assert.equal(await as("Anna+news@near.test"), "yours")
  assert.equal(await as(""), "yours")
  for (const other of ["ben@near.test", "nobody@near.test", "anna@far.test", "anna", "@near.test"])
    assert.equal(await as(other), "not-yours", other)
  assert.equal(
    (await people.addAlias(mailAddress("sales@near.test"), mailAddress("anna@near.test"))).kind,
    "added",
  )
  assert.equal(await as("sales@near.test"), "yours")
  assert.equal((await submit.sender(ben, mailAddress("sales@near.test"))).kind, "not-yours")
  const to = async (address: string) => (await submit.recipient(anna, mailAddress(address), 0)).kind
  assert.deepEqual(
    await Promise.all(
      ["ben@near.test", "x@far.test", "nobody@near.test", "x@localhost", "x@[192.0.2.1]", "x"].map(to),
    ),
    ["taken", "taken", "unknown", "no-domain", "no-domain", "no-domain"],
  )
  assert.deepEqual(
    await Promise.all(["x@\u2488com.test", "x@b\u00fccher.test", "x@-\u00fc-.\u3002"].map(to)),
    ["no-domain", "taken", "no-domain"],
  )
})

test("a mailbox here that is full takes nothing more, and its writer hears it before the message goes", async t => {
  const { submit, anna, ben, store } = await open(t)
  await store.owner`update mail_state set quota_bytes = 10, used_bytes = 10 where account_id = ${ben}`
  const answer = await submit.recipient(anna, mailAddress("ben@near.test"), 0)
  assert.equal(answer.kind, "over-quota")
})

test("what is too large for a mailbox here is refused, by the size that was named or by the one it has", async t => {
  const { send, submit, anna, ben, store, mailOf } = await open(t)
  await store.owner`update mail_state set quota_bytes = 10000, used_bytes = 0 where account_id = ${ben}`
  const to = mailAddress("ben@near.test")
  assert.equal((await submit.recipient(anna, to, 0, 20_000)).kind, "over-quota")
  assert.equal((await submit.recipient(anna, to, 0, 2_000)).kind, "taken")
  const outcome = await send(anna, ["ben@near.test", "carla@far.test"], letter("", "long\n".repeat(4_000)))
  assert.match(outcome.kind === "refused" ? outcome.text : "", /no room/)
  assert.deepEqual(await mailOf("anna"), [])
  assert.equal((await send(anna, ["ben@near.test", "carla@far.test"], letter())).kind, "kept")
})

test("one message makes no more copies than fit", async t => {
  const { send, anna, mailOf } = await open(t, { copiesLimit: 5_000 })
  const long = letter("", "a line of it\n".repeat(150))
  assert.equal((await send(anna, ["ben@near.test"], long)).kind, "kept")
  const outcome = await send(anna, ["ben@near.test", "carla@far.test"], long)
  assert.match(outcome.kind === "refused" ? outcome.text : "", /so many recipients/)
  assert.equal((await mailOf("anna")).length, 1)
})

test("who blocked somebody here is not reached under a tag of theirs, nor by somebody's filter", async t => {
  const { send, anna, mailOf, people, setFilter, deliver } = await open(t)
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("anna@near.test"))
  const from = (address: string) => `From: ${address}\nSubject: x\n\nGood day.\n`
  assert.equal((await send(anna, ["ben@near.test"], from("anna+x@near.test"))).kind, "kept")
  assert.equal((await send(anna, ["ben@near.test"], from("anna@near.test"), "anna+y@near.test")).kind, "kept")
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("carla@far.test"))
  await setFilter("anna", 'redirect "ben@near.test";')
  assert.equal((await send(anna, ["anna@near.test"], from("anna+z@near.test"))).kind, "kept")
  assert.equal((await deliver("From: carla@far.test\r\nSubject: x\r\n\r\nx\r\n", "anna")).kind, "kept")
  assert.deepEqual(
    (await mailOf("ben")).map(one => one.mailbox),
    ["Junk", "Junk", "Junk", "Junk"],
  )
})

test("a block of an alias does not tell who is behind it: their other addresses get through", async t => {
  const { send, anna, mailOf, people } = await open(t)
  await people.addAlias(mailAddress("worried@near.test"), mailAddress("anna@near.test"))
  await people.addRule(mailAddress("ben@near.test"), "block", senderPattern("worried@near.test"))
  for (const from of ["worried@near.test", "worried+x@near.test", "anna@near.test"])
    assert.equal(
      (await send(anna, ["ben@near.test"], `From: ${from}\nSubject: ${from}\n\nx\n`, from)).kind,
      "kept",
    )
  const found = (await mailOf("ben")).map(
    ({ mailbox, body }) => `${mailbox} ${/^Subject: (.*)\r$/m.exec(body)?.[1]}`,
  )
  assert.deepEqual(found.sort(), [
    "INBOX anna@near.test",
    "Junk worried+x@near.test",
    "Junk worried@near.test",
  ])
})

test("what is put into somebody else's mailbox is put there for them, not for the writer alone", async t => {
  const { send, anna, ben, gates } = await open(t)
  gates.length = 0
  assert.equal((await send(anna, ["ben@near.test"], letter())).kind, "kept")
  assert.deepEqual(
    gates.filter(([purpose]) => purpose === "mail.receive"),
    [["mail.receive", { kind: "accounts", accounts: [ben] }]],
  )
})

test("an account writes to so many in a day, whatever it does at once, and hears when it may again", async t => {
  const { send, submit, anna, ben, mailOf } = await open(t, { perDay: 3 })
  assert.equal((await submit.recipient(anna, mailAddress("x@far.test"), 3)).kind, "over-limit")
  const to = ["a@far.test", "b@far.test"]
  const outcomes = await Promise.all([send(anna, to, letter()), send(anna, to, letter())])
  assert.deepEqual(outcomes.map(each => each.kind).sort(), ["kept", "refused"])
  assert.equal((await mailOf("anna")).length, 1)
  assert.equal((await send(anna, ["a@far.test"], letter())).kind, "kept")
  const answer = await submit.sender(anna, mailAddress("anna@near.test"))
  assert.ok(answer.kind === "over-limit" && answer.seconds > 0 && answer.seconds <= 86_400)
  assert.equal((await submit.sender(ben, mailAddress("ben@near.test"))).kind, "yours")
})

test("nothing goes out before the time to take it back is over", async t => {
  const { send, anna, waiting, privacy } = await open(t, { undoMs: 60_000 })
  assert.equal((await send(anna, ["carla@far.test"], letter())).kind, "kept")
  await privacy.gate("mail.send", { kind: "account", account: anna }, async permit =>
    assert.deepEqual(await waiting(permit), []),
  )
})
