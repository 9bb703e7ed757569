import assert from "node:assert/strict"
import { test } from "node:test"
import type { SecureContext } from "node:tls"
import { testContext } from "../entrance/fixtures/certificate.ts"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"

const secureContext = testContext()
const tls = { current: (): SecureContext => secureContext }
const strict = { tls, plaintextOnLoopback: false }

test("takes a password after STARTTLS, and on the port that begins with TLS", async context => {
  const { connect } = await openDoor(context, strict)
  const client = await connect()
  assert.match((await client.say("CAPABILITY"))[0] ?? "", / STARTTLS LOGINDISABLED /)
  assert.equal(await client.answer("STARTTLS"), "OK Begin TLS")
  await client.startTls()
  const [told = ""] = await client.say("CAPABILITY")
  assert.match(told, / AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS /)
  assert.doesNotMatch(told, /STARTTLS|LOGINDISABLED/)
  assert.match(await client.answer("STARTTLS"), /^BAD TLS is on already/)
  assert.match(await client.answer("LOGIN anna@here.test secret"), /^OK/)
  const direct = await connect({ tls: true, deaf: true })
  assert.match((await direct.line()) ?? "", /^\* OK \[CAPABILITY .* AUTH=PLAIN /)
  assert.match(await direct.answer("LOGIN anna@here.test secret"), /^OK/)
})

test("drops commands that were sent in the clear behind STARTTLS", async context => {
  const { connect, people } = await openDoor(context, { tls })
  const client = await connect()
  assert.equal((await client.say("STARTTLS\r\nevil LOGIN anna@here.test secret")).at(-1), "t1 OK Begin TLS")
  await client.startTls()
  assert.equal(await client.answer("NOOP"), "OK Done")
  assert.equal(people.sessions.length, 0)
})

test("offers no STARTTLS without a certificate, and takes a renewed one without a restart", async context => {
  let current: SecureContext | undefined
  const { connect } = await openDoor(context, { tls: { current: () => current } })
  const client = await connect()
  assert.doesNotMatch((await client.say("CAPABILITY"))[0] ?? "", /STARTTLS/)
  assert.match(await client.answer("STARTTLS"), /^NO \[UNAVAILABLE\]/)
  current = secureContext
  assert.equal(await client.answer("STARTTLS"), "OK Begin TLS")
  await client.startTls()
  assert.equal(await client.answer("NOOP"), "OK Done")
})

test("ends a connection whose handshake fails or takes too long", async context => {
  const { connect, log, time } = await openDoor(context, { tls })
  const broken = await connect()
  await broken.say("STARTTLS")
  broken.write("this is not a handshake\r\n")
  await until(() => log.events.some(({ name }) => name === "imap.tls-failed"))
  await broken.closed
  const silent = await connect()
  await silent.say("STARTTLS")
  time.pass(120_000)
  await silent.closed
})

test("takes the PROXY header of a balancer before the handshake, in one packet with it or apart", async context => {
  const { connect } = await openDoor(context, {
    ...strict,
    proxyFrom: ["127.0.0.1"],
    limits: { connectionsPerSource: 1 },
  })
  const header = Buffer.from("0d0a0d0a000d0a515549540a2111000cc00002097f000001d90303e1", "hex")
  const client = await connect({ tls: true, before: header })
  assert.match(await client.answer("LOGIN anna@here.test secret"), /^OK/)
  await assert.rejects(connect({ tls: true, before: header }))
})
