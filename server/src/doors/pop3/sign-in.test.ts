import assert from "node:assert/strict"
import { test } from "node:test"
import { channelBindingsOf, saslText } from "@letterkeep/sasl"
import { createScramClient } from "../../../../packages/sasl/fixtures/scram-client.ts"
import { mailAddress, secret } from "../../privacy/index.ts"
import { opened } from "../../privacy/test-privacy.ts"
import { openTestDoor, password, type TestDoor, user } from "./fixtures/open-test-door.ts"

async function appPassword({ people }: TestDoor): Promise<string> {
  const added = await people.addAppPassword(
    mailAddress(user),
    secret(password),
    ["pop3"],
    secret("A program"),
  )
  assert(added.kind === "added")
  return opened(added.secret)
}

test("lists what it can do, in each state: TOP, UIDL, USER, SASL, STLS, RESP-CODES, AUTH-RESP-CODE, PIPELINING, EXPIRE", async t => {
  const house = await openTestDoor(t, { plaintextOnLoopback: false })
  const always = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"]
  const last = "IMPLEMENTATION Letterkeep"
  const client = await house.connect()
  assert.deepEqual((await client.list("CAPA")).slice(1), [...always, "STLS", last])
  assert.match(await client.say("STLS"), /^\+OK/)
  await client.startTls()
  const overTls = [...always, "USER", "SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", last]
  assert.deepEqual((await client.list("CAPA")).slice(1), overTls)
  assert.match(await client.signIn(user, password), /^\+OK/)
  assert.deepEqual((await client.list("CAPA")).slice(1), overTls)
})

test("takes no password in plain text, and says how to go on", async t => {
  const house = await openTestDoor(t, { plaintextOnLoopback: false })
  const client = await house.connect()
  const plain = saslText(Buffer.from(`\0${user}\0${password}`))
  for (const line of [`USER ${user}`, `PASS ${password}`, `AUTH PLAIN ${plain}`, "AUTH SCRAM-SHA-256 biws"]) {
    assert.match(await client.say(line), /^-ERR \[AUTH\] Passwords are taken over TLS alone/, line)
  }
  assert.equal(house.people.liveSessions(), 0)
})

test("signs in by USER and PASS, in plain text on this machine only where the operator says so", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect()
  assert.deepEqual((await client.list("CAPA")).slice(7, 9), ["USER", "SASL PLAIN"])
  assert.match(await client.signIn(user.toUpperCase(), password), /^\+OK 0 messages, 0 octets$/)
  assert.equal(house.people.liveSessions(), 1)
})

test("signs in over TLS from the start, by every way there is", async t => {
  const house = await openTestDoor(t, { plaintextOnLoopback: false })
  const secret = await appPassword(house)
  const plain = saslText(Buffer.from(`\0${user}\0${password}`))
  const ways: readonly ((client: Awaited<ReturnType<TestDoor["connect"]>>) => Promise<string>)[] = [
    client => client.signIn(user, password),
    client => client.signIn(user, secret),
    client => client.say(`AUTH PLAIN ${plain}`),
    async client => {
      assert.equal(await client.say("auth plain"), "+ ")
      return await client.say(plain)
    },
    client => client.scram("SCRAM-SHA-256", createScramClient({ name: user, password: secret })),
    client => {
      const bindings = client.tls && channelBindingsOf(client.tls)
      const octets = bindings?.get("tls-exporter")
      assert(octets)
      const binding = { type: "tls-exporter", octets }
      const scram = createScramClient({ name: user, password: secret, binding })
      return client.scram("SCRAM-SHA-256-PLUS", scram)
    },
    client => {
      const certificate = client.tls?.getPeerX509Certificate()
      assert(certificate && client.tls)
      const side = { getProtocol: () => "TLSv1.3", getX509Certificate: () => certificate }
      const exported = { exportKeyingMaterial: () => Buffer.alloc(32) }
      const octets = channelBindingsOf({ ...side, ...exported }).get("tls-server-end-point")
      assert(octets)
      const binding = { type: "tls-server-end-point", octets }
      return client.scram("SCRAM-SHA-256-PLUS", createScramClient({ name: user, password: secret, binding }))
    },
  ]
  for (const [n, way] of ways.entries()) {
    const client = await house.connect({ tls: true })
    assert.match(await way(client), /^\+OK 0 messages/, `way ${n}`)
    assert.match(await client.say("QUIT"), /^\+OK/)
    assert.equal(house.people.liveSessions(), 0)
  }
})

test("refuses SCRAM by the main password, by a wrong one, and without the empty last word", async t => {
  const house = await openTestDoor(t, { plaintextOnLoopback: false })
  const secret = await appPassword(house)
  const client = await house.connect({ tls: true })
  const scram = (given: string) =>
    client.scram("SCRAM-SHA-256", createScramClient({ name: user, password: given }))
  assert.match(await scram(password), /^-ERR \[AUTH\]/)
  assert.match(await scram("wrong"), /^-ERR \[AUTH\]/)
  const honest = createScramClient({ name: user, password: secret })
  const challenge = await client.say(`AUTH SCRAM-SHA-256 ${saslText(honest.first)}`)
  const proof = await client.say(saslText(honest.final(Buffer.from(challenge.slice(2), "base64"))))
  assert.match(proof, /^\+ /)
  assert.match(await client.say("*"), /^-ERR Given up/)
  assert.equal(house.people.liveSessions(), 0)
})

test("answers wrong secrets alike for names that there are and names that there are not, and hangs up after five", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect()
  for (const name of [user, "nobody@example.org", user, "no address"]) {
    assert.equal(await client.signIn(name, "wrong"), "-ERR [AUTH] The address or the password is wrong", name)
  }
  assert.match(await client.signIn(user, "wrong"), /^-ERR \[AUTH\]/)
  assert.match((await client.line()) ?? "", /^-ERR \[SYS\/PERM\] This leads nowhere/)
  assert.equal(await client.line(), undefined)
})

test("slows guesses down, and says for how long", async t => {
  const house = await openTestDoor(t, { limits: { wrongSignIns: 100 } })
  const client = await house.connect()
  const answers: string[] = []
  for (let n = 0; n < 12; n += 1) answers.push(await client.signIn(user, "wrong"))
  assert.match(answers[11] ?? "", /^-ERR \[SYS\/TEMP\] Too many attempts, wait \d+ seconds$/)
})

test("refuses what is out of order: PASS without USER, commands of the other state, a second STLS", async t => {
  const house = await openTestDoor(t)
  const client = await house.connect({ tls: true })
  assert.equal(await client.say(`PASS ${password}`), "-ERR Give USER first")
  for (const line of ["STAT", "LIST", "RETR 1", "DELE 1", "RSET", "NOOP", "UIDL", "TOP 1 1"]) {
    assert.equal(await client.say(line), "-ERR Sign in first", line)
  }
  assert.equal(await client.say("STLS"), "-ERR TLS is on already")
  assert.match(await client.say("AUTH CRAM-MD5"), /^-ERR There is no such mechanism/)
  assert.match(await client.say("AUTH PLAIN AB=="), /^-ERR That is no message/)
  assert.match(await client.say("APOP x y"), /^-ERR There is no such command/)
  assert.match(await client.signIn(user, password), /^\+OK/)
  for (const line of [`USER ${user}`, "PASS x", "AUTH PLAIN", "STLS"]) {
    assert.equal(await client.say(line), "-ERR You are signed in already", line)
  }
  assert.equal(await client.say("RETR"), "-ERR This command needs the number of one message")
})

test("an app password for another protocol reads nothing here", async t => {
  const house = await openTestDoor(t)
  const added = await house.people.addAppPassword(
    mailAddress(user),
    secret(password),
    ["imap"],
    secret("Elsewhere"),
  )
  assert(added.kind === "added")
  const client = await house.connect()
  assert.match(await client.signIn(user, opened(added.secret)), /^-ERR \[AUTH\]/)
})
