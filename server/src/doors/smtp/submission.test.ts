import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import type { Outcome, SenderAnswer, ToAnswer } from "../../flow/index.ts"
import { opened } from "../../privacy/test-privacy.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openSubmission, password, plain, user } from "./fixtures/open-submission.ts"
import type { Peer } from "./fixtures/peer.ts"
import { defaultSubmissionDoorLimits } from "./limits.ts"

async function began(peer: Peer): Promise<Peer> {
  for (const line of ["MAIL FROM:<ann@example.org>", "RCPT TO:<bob@far.example>"])
    assert.match(await peer.say(line), /^250 /)
  assert.match(await peer.say("DATA"), /^354 /)
  return peer
}

test("hands what somebody sends to the house, with whose it is and how it came", async t => {
  const { enter, submit, account } = await openSubmission(t)
  const peer = await enter({ tls: true })
  peer.write(
    "MAIL FROM:<ann@example.org> SIZE=20 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=e+2B1 AUTH=<> REQUIRETLS\r\n" +
      "RCPT TO:<bob@far.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;robert@far.example\r\nRCPT TO:<pia@example.org>\r\nDATA\r\n",
  )
  for (const code of ["250", "250", "250", "354"]) assert.ok((await peer.reply()).startsWith(code))
  assert.equal(await peer.say("Subject: x\r\n\r\n..dot\r\n."), "250 2.0.0 Kept as 1")
  assert.deepEqual(submit.asked, [
    `${account} ann@example.org`,
    `${account} bob@far.example 0 20`,
    `${account} pia@example.org 1 20`,
  ])
  const [message] = submit.messages
  assert.equal(message?.bytes(), "Subject: x\r\n\r\n.dot\r\n")
  const { source, reversePath, recipients, helo, envid, tls, ...rest } = message?.envelope ?? assert.fail()
  assert.equal(opened(source.ip), "127.0.0.1")
  assert.equal(opened(reversePath), "ann@example.org")
  assert.equal(opened(helo), "peer.example")
  assert.equal(envid && opened(envid), "e+1")
  assert.equal(tls?.version, "TLSv1.3")
  assert.deepEqual(
    recipients.map(({ address, notify, orcpt }) => [opened(address), notify, orcpt && opened(orcpt)]),
    [
      ["bob@far.example", ["failure", "delay"], "rfc822;robert@far.example"],
      ["pia@example.org", undefined, undefined],
    ],
  )
  assert.deepEqual(rest, {
    account,
    protocol: "UTF8SMTPSA",
    smtputf8: true,
    body: "8BITMIME",
    requireTls: true,
    ret: "HDRS",
  })
})

test("says how a message came, and forgets the recipients of the one before", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  for (const parameters of ["", " SMTPUTF8"]) {
    await peer.say(`MAIL FROM:<ann@example.org>${parameters}`)
    await peer.say("RCPT TO:<bob@far.example>")
    assert.match(await peer.say("BDAT 5 LAST\r\nx\r\n"), /^250 2\.0\.0 /)
  }
  assert.deepEqual(
    submit.messages.map(({ envelope }) => [envelope.protocol, envelope.recipients.length]),
    [
      ["ESMTPA", 1],
      ["UTF8SMTPA", 1],
    ],
  )
})

test("gives each answer about a sender its code, and says when to come again", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  const answers: readonly (readonly [SenderAnswer, string])[] = [
    [{ kind: "not-yours" }, "553 5.7.1 This is not one of your addresses"],
    [
      { kind: "over-limit", seconds: 90 },
      "451 4.7.0 You have sent what you may for now; try again in 90 seconds",
    ],
    [
      { kind: "over-limit", seconds: 3_601 },
      "451 4.7.0 You have sent what you may for now; try again in 61 minutes",
    ],
    [
      { kind: "over-limit", seconds: 7_201 },
      "451 4.7.0 You have sent what you may for now; try again in 3 hours",
    ],
    [{ kind: "busy" }, "451 4.3.2 Busy, try again later"],
  ]
  for (const [answer, reply] of answers) {
    submit.senders.set("ann@example.org", answer)
    assert.equal(await peer.say("MAIL FROM:<ann@example.org>"), reply)
    assert.match(await peer.say("RCPT TO:<bob@far.example>"), /^503 /)
  }
  submit.senders.set("", { kind: "not-yours" })
  assert.match(await peer.say("MAIL FROM:<>"), /^553 5\.7\.1 /)
})

test("gives each answer about a recipient its code, and sends to the others", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  const answers: readonly (readonly [ToAnswer, string])[] = [
    [{ kind: "unknown" }, "550 5.1.1 "],
    [{ kind: "no-domain" }, "550 5.1.2 "],
    [{ kind: "over-quota" }, "452 4.2.2 "],
    [
      { kind: "over-limit", seconds: 1 },
      "450 4.7.0 You have sent what you may for now; try again in 1 seconds",
    ],
    [{ kind: "busy" }, "451 4.3.2 "],
  ]
  await peer.say("MAIL FROM:<ann@example.org>")
  for (const [answer, reply] of answers) {
    submit.recipients.set("x@far.example", answer)
    assert.ok((await peer.say("RCPT TO:<x@far.example>")).startsWith(reply), answer.kind)
  }
  assert.match(await peer.say("DATA"), /^554 5\.5\.1 /)
  assert.match(await peer.say("RCPT TO:<bob@far.example>"), /^250 2\.1\.5 /)
  assert.match(await peer.say("DATA"), /^354 /)
  assert.match(await peer.say("x\r\n."), /^250 /)
  assert.deepEqual(
    submit.messages[0]?.envelope.recipients.map(({ address }) => opened(address)),
    ["bob@far.example"],
  )
})

test("answers 452 where there is no room, before MAIL and before DATA", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  submit.level = "low"
  assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^452 4\.3\.1 /)
  submit.level = "enough"
  await peer.say("MAIL FROM:<ann@example.org>")
  await peer.say("RCPT TO:<bob@far.example>")
  submit.level = "low"
  assert.match(await peer.say("DATA"), /^452 4\.3\.1 /)
  submit.level = "enough"
  assert.match(await peer.say("DATA"), /^354 /)
})

test("says 250 only after the house has said that the message is kept, and each other outcome by its code", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  const outcome = Promise.withResolvers<Outcome>()
  submit.outcome = () => outcome.promise
  await began(peer)
  let replied = false
  const reply = peer.say("x\r\n.").then(text => {
    replied = true
    return text
  })
  await until(() => submit.messages[0]?.state === "finishing")
  peer.write("NOOP\r\n")
  for (let turns = 0; turns < 50; turns += 1) await setImmediate()
  assert.equal(replied, false)
  outcome.resolve({ kind: "kept", id: "k1" })
  assert.equal(await reply, "250 2.0.0 Kept as k1")
  assert.match(await peer.reply(), /^250 /)
  for (const [next, code] of [
    [{ kind: "refused", code: "policy", text: "no" }, "550 5.7.1 no"],
    [{ kind: "later", why: "store" }, "451 4.3.0 "],
  ] as const) {
    submit.outcome = async () => next
    await began(peer)
    assert.ok((await peer.say("x\r\n.")).startsWith(code))
  }
})

test("ends a connection whose text came before 354 was refused: it would be read as commands", async t => {
  const { enter, submit } = await openSubmission(t)
  const peer = await enter()
  await peer.say("MAIL FROM:<ann@example.org>")
  await peer.say("RCPT TO:<bob@far.example>")
  submit.level = "low"
  peer.write("DATA\r\nMAIL FROM:<ann@example.org>\r\n.\r\n")
  for (const reply of [/^452 /, /^421 4\.5\.0 /, /^$/]) assert.match(await peer.reply(), reply)
})

test("begins no message whose peer goes away while the house is asked about it", async t => {
  const { enter, submit, people, metrics, log } = await openSubmission(t)
  const peer = await enter()
  await peer.say("MAIL FROM:<ann@example.org>")
  await peer.say("RCPT TO:<bob@far.example>")
  const gate = Promise.withResolvers<void>()
  const { isStillSignedIn } = people
  let asked = false
  people.isStillSignedIn = async account => {
    asked = true
    await gate.promise
    return await isStillSignedIn(account)
  }
  peer.write("DATA\r\n")
  await until(() => asked)
  peer.reset()
  await until(() => /submission_connections 0\n/.test(metrics.render()))
  gate.resolve()
  for (let turns = 0; turns < 100; turns += 1) await setImmediate()
  assert.deepEqual(submit.messages, [])
  assert.ok(!log.events.some(({ name }) => name === "smtp.failed"))
})

test("holds one account to its share of memory, and leaves others theirs", async t => {
  const protocol = { ...defaultSubmissionDoorLimits.protocol, messageBytes: 10_000 }
  const { enter, people, greeted, submit, metrics } = await openSubmission(t, {
    limits: { bytesInFlight: 100_000, bytesInFlightPerAccount: 10_000, protocol },
  })
  const { mailAddress, secret } = await import("../../privacy/index.ts")
  await people.addAccount(mailAddress("bob@example.org"), secret(password))
  const first = await began(await enter())
  first.write(`${"x".repeat(8_000)}\r\n`)
  await until(() => /submission_bytes_in_flight 8002\n/.test(metrics.render()))
  const second = await began(await enter())
  assert.match(await second.say(`${"y".repeat(8_000)}\r\n.`), /^452 4\.3\.1 /)
  const bob = await greeted()
  await bob.say(`AUTH PLAIN ${plain("bob@example.org", password)}`)
  await began(bob)
  assert.match(await bob.say(`${"z".repeat(8_000)}\r\n.`), /^250 /)
  assert.match(await first.say("."), /^250 /)
  await began(second)
  assert.match(await second.say(`${"y".repeat(8_000)}\r\n.`), /^250 /)
  assert.equal(submit.messages.length, 4)
})

test("takes a message as large as may be, though an account's share were less", async t => {
  const protocol = { ...defaultSubmissionDoorLimits.protocol, messageBytes: 20_000 }
  const { enter } = await openSubmission(t, { limits: { bytesInFlightPerAccount: 10_000, protocol } })
  const peer = await began(await enter())
  assert.match(await peer.say(`${"x".repeat(19_000)}\r\n.`), /^250 /)
})

test("gives a stranger less time than who has signed in", async t => {
  const limits = { strangerMs: 10_000, strangerInAllMs: 40_000, commandMs: 60_000 }
  const { greeted, enter, pass } = await openSubmission(t, { limits })
  const silent = await greeted()
  const known = await enter()
  pass(12_000)
  assert.match(await silent.reply(), /^421 4\.4\.2 /)
  assert.match(await known.say("NOOP"), /^250 /)
  const busy = await greeted()
  for (let at = 0; at < 5; at += 1) {
    pass(9_000)
    busy.write("NOOP\r\n")
    await busy.reply()
  }
  assert.match(await busy.reply(), /^421 |^$/)
  assert.match(await known.say("NOOP"), /^250 /)
})

test("holds who is asked for more by AUTH to a stranger's time", async t => {
  const { greeted, pass, people } = await openSubmission(t, { limits: { strangerMs: 10_000 } })
  const peer = await greeted()
  assert.match(await peer.say("AUTH PLAIN"), /^334/)
  pass(12_000)
  assert.match(await peer.reply(), /^421 4\.4\.2 /)
  await peer.closed
  assert.equal(people.liveSessions(), 0)
})

test("asks strangers to leave when the door is crowded, and nobody who has signed in and is at work", async t => {
  const limits = { connections: 5, crowdedStrangerMs: 10_000, crowdedCommandMs: 30_000 }
  const { greeted, enter, pass } = await openSubmission(t, { limits })
  const strangers = [await greeted(), await greeted(), await greeted()]
  const known = [await enter(), await enter()]
  pass(12_000)
  for (const peer of strangers) assert.match(await peer.reply(), /^421 4\.4\.2 /)
  for (const peer of known) assert.match(await peer.say("NOOP"), /^250 /)
})

test("begins with TLS where TLS comes first, behind a balancer's header too, and ends what is none", async t => {
  const house = await openSubmission(t, { proxyFrom: ["127.0.0.1"], plaintextOnLoopback: true })
  const header = Buffer.from("0d0a0d0a000d0a515549540a2111000cc00002097f000001d9030019", "hex")
  const peer = await house.connect({ tls: true, before: header })
  assert.match(await peer.reply(), /^220 /)
  await peer.say("EHLO x")
  assert.match(await peer.say(`AUTH PLAIN ${plain(user, password)}`), /^235 /)
  await began(peer)
  assert.match(await peer.say("x\r\n."), /^250 /)
  const { source, protocol } = house.submit.messages[0]?.envelope ?? assert.fail()
  assert.deepEqual([opened(source.ip), source.port, protocol], ["192.0.2.9", 0xd903, "ESMTPSA"])
  const { connectPeer } = await import("./fixtures/peer.ts")
  const plainPeer = await connectPeer(house.door.addresses.submissions ?? "", { before: header })
  plainPeer.write("EHLO x\r\n")
  await plainPeer.closed
  assert.ok(house.log.events.some(({ name }) => name === "smtp.tls-failed"))
  const silent = await connectPeer(house.door.addresses.submissions ?? "", { before: header })
  await setImmediate()
  house.pass(120_000)
  await silent.closed
})

test("takes no password in the clear from behind a balancer on this machine", async t => {
  const { connect } = await openSubmission(t, { proxyFrom: ["127.0.0.1"] })
  const header = Buffer.from("0d0a0d0a000d0a515549540a2111000cc00002097f000001d9030019", "hex")
  const peer = await connect({ before: header })
  await peer.reply()
  assert.doesNotMatch(await peer.say("EHLO x"), /AUTH/)
  assert.match(await peer.say(`AUTH PLAIN ${plain(user, password)}`), /^538 /)
})

test("lets a message under way end when the door closes, and says 421 to the others", async t => {
  const { enter, greeted, connect, door, submit } = await openSubmission(t)
  const busy = await began(await enter())
  const idle = await greeted()
  const asked = await greeted()
  await asked.say("AUTH PLAIN")
  await connect() // not greeted by the time the door closes, perhaps
  const closed = door.close({ graceMs: 60_000 })
  for (const peer of [idle, asked]) {
    assert.match(await peer.reply(), /^421 4\.3\.2 /)
    peer.end()
  }
  assert.match(await busy.say("x\r\n."), /^250 2\.0\.0 /)
  assert.match(await busy.reply(), /^421 4\.3\.2 /)
  assert.equal(submit.messages[0]?.state, "finishing")
  for (const peer of [busy, idle, asked]) peer.destroy()
  void closed
})
