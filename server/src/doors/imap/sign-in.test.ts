import assert from "node:assert/strict"
import { test } from "node:test"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"

const base64 = (text: string): string => Buffer.from(text).toString("base64")

test("takes AUTH=PLAIN with an initial response (SASL-IR), without one, and LOGIN", async context => {
  const { connect } = await openDoor(context)
  const message = base64("\0anna@here.test\0secret")
  const first = await connect()
  assert.match(await first.answer(`AUTHENTICATE PLAIN ${message}`), /^OK \[CAPABILITY .*IDLE.*\]/)
  const second = await connect()
  second.write("a AUTHENTICATE PLAIN\r\n")
  assert.equal(await second.line(), "+ ")
  second.write(`${message}\r\n`)
  assert.match((await second.line()) ?? "", /^a OK /)
  const third = await connect()
  third.write("a LOGIN {14}\r\n")
  assert.match((await third.line()) ?? "", /^\+ /)
  third.write('anna@here.test "sec')
  third.write('ret"\r\n')
  assert.match((await third.line()) ?? "", /^a OK /)
})

test("takes a small literal that does not wait (LITERAL-) before sign-in, and no large one", async context => {
  const { connect } = await openDoor(context)
  const client = await connect()
  assert.match(
    await client.answer("LOGIN {14+}\r\nanna@here.test {5+}\r\nwrong"),
    /^NO \[AUTHENTICATIONFAILED\]/,
  )
  client.write(`a LOGIN {5000+}\r\n${"x".repeat(5_000)} y\r\n`)
  assert.match((await client.line()) ?? "", /^a BAD \[LIMIT\]/)
  assert.match(await client.answer("LOGIN {14+}\r\nanna@here.test {6+}\r\nsecret"), /^OK/)
})

test("takes a large literal that does not wait (LITERAL+) after sign-in", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  selecting.appending = async octets => ({ kind: "ok", text: `${octets} octets` })
  assert.equal(await client.answer(`APPEND INBOX {100000+}\r\n${"x".repeat(100_000)}`), "OK 100000 octets")
})

test("takes what is no message of the mechanism for a mistake, and lets a client give up", async context => {
  const { connect } = await openDoor(context)
  const client = await connect()
  assert.match(await client.answer("AUTHENTICATE PLAIN AAAA"), /^BAD /)
  assert.match(await client.answer("AUTHENTICATE CRAM-MD5"), /^NO \[CANNOT\] There is no such mechanism/)
  client.write("a AUTHENTICATE PLAIN\r\n")
  assert.equal(await client.line(), "+ ")
  client.write("*\r\n")
  assert.match((await client.line()) ?? "", /^a BAD Given up/)
  assert.equal(await client.answer("NOOP"), "OK Done")
})

test("shows LOGINDISABLED and takes no password in the clear, not even from this machine unless it is allowed", async context => {
  const { connect, people } = await openDoor(context, { plaintextOnLoopback: false })
  const client = await connect()
  assert.match((await client.say("CAPABILITY"))[0] ?? "", / LOGINDISABLED(?!.*AUTH=)/)
  for (const command of ["LOGIN anna@here.test secret", `AUTHENTICATE PLAIN ${base64("\0a\0secret")}`])
    assert.match(await client.answer(command), /^NO \[PRIVACYREQUIRED\]/)
  assert.match(
    await client.answer("AUTHENTICATE SCRAM-SHA-256 biwsbj11c2VyLHI9eA=="),
    /^NO \[PRIVACYREQUIRED\]/,
  )
  assert.equal(people.sessions.length, 0)
})

test("slows a source that guesses, ends a connection that goes on guessing, and says how long to wait", async context => {
  const limits = { patience: 5, delayPerMarkMs: 1_000, wrongSignIns: 3 }
  const { connect, people, time, log } = await openDoor(context, { limits })
  const client = await connect()
  assert.match(await client.answer("LOGIN anna@here.test guess"), /^NO \[AUTHENTICATIONFAILED\]/)
  const second = client.answer("LOGIN anna@here.test guess")
  await until(() => time.delays().length === 1)
  assert.ok((time.delays()[0] ?? 0) > 2_000)
  time.pass(4_000)
  assert.match(await second, /^NO \[AUTHENTICATIONFAILED\]/)
  people.slowDown = true
  const third = client.answer("LOGIN anna@here.test guess")
  await until(() => time.delays().length === 1)
  time.pass(4_000)
  assert.match(await third, /^NO \[LIMIT\] Too many attempts, wait 7 seconds/)
  people.slowDown = false
  const last = client.answer("LOGIN anna@here.test guess")
  await until(() => time.delays().length === 1)
  time.pass(10_000)
  assert.match(await last, /^NO/)
  assert.match((await client.line()) ?? "", /^\* BYE Too many wrong sign-ins/)
  await client.closed
  assert.ok(log.events.some(({ name, fields }) => name === "imap.abused" && fields.why === "wrong-sign-ins"))
})

test("closes the session of a client that went while its password was checked", async context => {
  const { connect, people, log } = await openDoor(context)
  let open: () => void = () => undefined
  people.gate = new Promise(resolve => {
    open = resolve
  })
  const client = await connect()
  client.write("a LOGIN anna@here.test secret\r\nb LOGOUT\r\n")
  client.reset()
  await until(() => log.events.some(({ name }) => name === "imap.closed"))
  open()
  await until(() => people.sessions[0]?.closed === true)
})
