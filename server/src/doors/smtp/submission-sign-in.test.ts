import assert from "node:assert/strict"
import { test } from "node:test"
import { channelBindingsOf, saslText } from "@letterkeep/sasl"
import { createScramClient } from "../../../../packages/sasl/fixtures/scram-client.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openSubmission, password, plain, user } from "./fixtures/open-submission.ts"
import type { Peer } from "./fixtures/peer.ts"

const word = (text: string): string => saslText(Buffer.from(text))
const right = `AUTH PLAIN ${plain(user, password)}`
const inside = /^235 2\.7\.0 /

const offered = async (peer: Peer): Promise<string | undefined> =>
  /^250[- ]AUTH (.*?)\r?$/m.exec(await peer.say("EHLO x"))?.[1]

test("offers what may be used on a connection as it is: nothing in the clear, all over TLS, no more once signed in", async t => {
  const { greeted } = await openSubmission(t, { plaintextOnLoopback: false })
  const peer = await greeted()
  assert.equal(await offered(peer), undefined)
  assert.match(await peer.say("STARTTLS"), /^220 /)
  await peer.startTls()
  const all = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN"
  assert.equal(await offered(peer), all)
  assert.match(await peer.say(right), inside)
  assert.equal(await offered(peer), undefined)
  assert.match(await peer.say(right), /^503 5\.5\.1 /)
  assert.equal(await offered(await greeted({ tls: true })), all)
})

test("takes no password in the clear, and says how to go on", async t => {
  const { greeted, people, peopleLog } = await openSubmission(t, { plaintextOnLoopback: false })
  const peer = await greeted()
  for (const line of [right, "AUTH PLAIN", "AUTH LOGIN", "AUTH SCRAM-SHA-256 biws"]) {
    assert.match(await peer.say(line), /^538 5\.7\.11 Sign-in is over TLS alone/, line)
  }
  assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^530 5\.7\.0 /)
  assert.equal(people.liveSessions(), 0)
  assert.ok(!peopleLog.events.some(({ name }) => name.startsWith("people.sign")))
})

test("takes passwords in the clear on this machine where the operator says so", async t => {
  const { greeted } = await openSubmission(t)
  const peer = await greeted()
  assert.equal(await offered(peer), "PLAIN LOGIN")
  assert.match(await peer.say(right), inside)
})

test("signs in by every way there is, by an app password that only sends too, and keeps nothing open", async t => {
  const house = await openSubmission(t, { plaintextOnLoopback: false })
  const secret = await house.appPassword(["submission"])
  const scram = (binding?: { readonly type: string; readonly octets: Buffer }) =>
    createScramClient({ name: user, password: secret, ...(binding === undefined ? {} : { binding }) })
  const ways: readonly ((peer: Peer) => Promise<string>)[] = [
    peer => peer.say(right),
    peer => peer.say(`auth plain ${plain(user.toUpperCase(), secret)}`),
    async peer => {
      assert.equal(await peer.say("AUTH PLAIN"), "334") // a blank behind it, which 'reply' drops
      return await peer.say(plain(user, password))
    },
    async peer => {
      assert.equal(await peer.say("AUTH LOGIN"), `334 ${word("Username:")}`)
      assert.equal(await peer.say(word(user)), `334 ${word("Password:")}`)
      return await peer.say(word(secret))
    },
    async peer => {
      assert.equal(await peer.say(`AUTH LOGIN ${word(user)}`), `334 ${word("Password:")}`)
      return await peer.say(word(password))
    },
    peer => peer.scram("SCRAM-SHA-256", scram()),
    peer => {
      const octets = peer.tls && channelBindingsOf(peer.tls).get("tls-exporter")
      assert(octets)
      return peer.scram("SCRAM-SHA-256-PLUS", scram({ type: "tls-exporter", octets: Buffer.from(octets) }))
    },
  ]
  for (const [n, way] of ways.entries()) {
    const peer = await house.greeted({ tls: true })
    assert.match(await way(peer), inside, `way ${n}`)
    assert.equal(house.people.liveSessions(), 0)
    assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^250 /)
    assert.equal(house.submit.asked.at(-1), `${house.account} ann@example.org`)
    assert.match(await peer.say("QUIT"), /^221 /)
    await peer.closed
  }
  assert.match(house.metrics.render(), /sign_ins_total\{result="good"\} 7\n/)
})

test("refuses an app password for reading, the main password by SCRAM, and SCRAM without the empty last word", async t => {
  const house = await openSubmission(t, { plaintextOnLoopback: false })
  const reading = await house.appPassword(["imap", "pop3"])
  const sending = await house.appPassword(["submission"])
  const peer = await house.greeted({ tls: true })
  assert.match(await peer.say(`AUTH PLAIN ${plain(user, reading)}`), /^535 5\.7\.8 /)
  const scram = (given: string) =>
    peer.scram("SCRAM-SHA-256", createScramClient({ name: user, password: given }))
  assert.match(await scram(password), /^535 5\.7\.8 /)
  const honest = createScramClient({ name: user, password: sending })
  const challenge = await peer.say(`AUTH SCRAM-SHA-256 ${saslText(honest.first)}`)
  const proof = await peer.say(saslText(honest.final(Buffer.from(challenge.slice(4), "base64"))))
  assert.match(proof, /^334 /)
  assert.match(await peer.say("*"), /^501 5\.7\.0 /)
  assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^530 5\.7\.0 /)
  await until(() => house.people.liveSessions() === 0)
})

test("answers wrong secrets alike for names that there are and names that there are not, and hangs up after five", async t => {
  const { greeted, log } = await openSubmission(t, { limits: { patience: 100 } })
  const peer = await greeted()
  for (const name of [user, "nobody@example.org", user, "no address"]) {
    const reply = await peer.say(`AUTH PLAIN ${plain(name, "wrong")}`)
    assert.equal(reply, "535 5.7.8 The address or the password is wrong", name)
  }
  assert.match(await peer.say(`AUTH PLAIN ${plain(user, "wrong")}`), /^535 /)
  assert.match(await peer.reply(), /^421 4\.7\.0 /)
  await peer.closed
  assert.deepEqual(
    log.events.filter(({ name }) => name === "smtp.abused").map(({ fields }) => [fields.door, fields.why]),
    [["submission", "wrong-sign-ins"]],
  )
})

test("makes a guesser wait for each answer, however many guesses came at once", async t => {
  const limits = { patience: 0, delayPerMarkMs: 1_000, longestDelayMs: 60_000 }
  const { greeted, delays, pass } = await openSubmission(t, { limits })
  const peer = await greeted()
  peer.write(`AUTH PLAIN ${plain(user, "wrong")}\r\n`.repeat(3))
  for (const ms of [4_000, 8_000, 12_000]) {
    await until(() => delays().length === 1)
    assert.ok(Math.abs((delays()[0] ?? 0) - ms) < 500, `${delays()[0]} for ${ms}`)
    pass(ms)
  }
  for (let n = 0; n < 3; n += 1) assert.match(await peer.reply(), /^535 /)
})

test("slows guesses down, and says for how long", async t => {
  const { greeted } = await openSubmission(t, { limits: { wrongSignIns: 100, patience: 100 } })
  const peer = await greeted()
  const answers: string[] = []
  for (let n = 0; n < 12; n += 1) answers.push(await peer.say(`AUTH PLAIN ${plain(user, "wrong")}`))
  assert.match(answers[11] ?? "", /^454 4\.7\.0 Too many attempts, wait \d+ seconds$/)
})

test("goes on after an exchange that is given up, malformed, broken or of no mechanism here", async t => {
  const { greeted } = await openSubmission(t)
  const peer = await greeted()
  for (const [lines, code] of [
    [["AUTH PLAIN", "*"], "501 5.7.0"],
    [["AUTH LOGIN", word(user), "*"], "501 5.7.0"],
    [["AUTH PLAIN", "not base 64"], "501 5.5.2"],
    [["AUTH PLAIN AB=="], "501 5.5.2"],
    [["AUTH PLAIN ="], "501 5.5.2"],
    [["AUTH LOGIN", ""], "501 5.5.2"],
    [["AUTH PLAIN", "a\nb"], "500 5.5.2"],
    [["AUTH PLAIN", "A".repeat(12_287)], "500 5.5.6"],
    [["AUTH PLAIN", "A".repeat(12_284)], "501 5.5.2"],
    [["AUTH CRAM-MD5"], "504 5.5.4"],
    [["AUTH SCRAM-SHA-256 biws"], "538 5.7.11"],
  ] as const) {
    let reply = ""
    for (const line of lines) reply = await peer.say(line)
    assert.ok(reply.startsWith(code), `${lines.join(" ").slice(0, 60)}: ${reply}`)
    assert.match(await peer.say("NOOP"), /^250 /)
  }
  assert.match(await peer.say(right), inside)
})

test("forgets at STARTTLS who had signed in, and counts it out", async t => {
  const { enter, metrics } = await openSubmission(t)
  const peer = await enter()
  assert.match(metrics.render(), /submission_signed_in 1\n/)
  await peer.say("STARTTLS")
  await peer.startTls()
  assert.match(metrics.render(), /submission_signed_in 0\n/)
  await peer.say("EHLO x")
  assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^530 5\.7\.0 /)
  assert.match(await peer.say(right), inside)
  assert.match(await peer.say("MAIL FROM:<ann@example.org>"), /^250 /)
})

test("holds an account to its connections, and counts those out that have gone", async t => {
  const { enter, greeted, log, metrics } = await openSubmission(t, { limits: { connectionsPerAccount: 2 } })
  const first = await enter()
  await enter()
  const third = await greeted()
  assert.match(await third.say(right), /^454 4\.7\.0 The account has 2 connections open/)
  assert.ok(log.events.some(({ name }) => name === "smtp.too-many-of-account"))
  first.destroy()
  await until(() => /submission_signed_in 1\n/.test(metrics.render()))
  assert.match(await third.say(right), inside)
})

test("takes nothing more once the credentials have changed, be it at MAIL or with a message about to come", async t => {
  const { enter, submit, changePassword } = await openSubmission(t)
  const atMail = await enter()
  const atData = await enter()
  await atData.say("MAIL FROM:<ann@example.org>")
  await atData.say("RCPT TO:<bob@far.example>")
  await changePassword()
  for (const [peer, line] of [
    [atMail, "MAIL FROM:<ann@example.org>"],
    [atData, "DATA"],
  ] as const) {
    assert.match(await peer.say(line), /^530 5\.7\.0 You have been signed out/)
    assert.match(await peer.reply(), /^421 4\.7\.0 /)
    await peer.closed
  }
  assert.deepEqual(submit.messages, [])
})

test("counts nobody in who went while the password was checked", async t => {
  const { connect, metrics, peopleLog, people } = await openSubmission(t)
  const peer = await connect()
  peer.write(`EHLO x\r\n${right}\r\n`)
  await until(() => /submission_connections 1\n/.test(metrics.render()))
  peer.destroy()
  await until(() => peopleLog.events.some(({ name }) => name === "people.signed-in"))
  await until(() => people.liveSessions() === 0 && /submission_connections 0\n/.test(metrics.render()))
  assert.match(metrics.render(), /submission_signed_in 0\n/)
})

test("keeps addresses and secrets out of its log", async t => {
  const { enter, log } = await openSubmission(t)
  const peer = await enter()
  await peer.say("AUTH PLAIN\nx")
  await peer.say("QUIT")
  await peer.closed
  const written = JSON.stringify(log.events)
  for (const text of ["ann@", password, plain(user, password), "peer.example"])
    assert.ok(!written.includes(text), text)
})
