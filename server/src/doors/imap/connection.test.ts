import assert from "node:assert/strict"
import { test } from "node:test"
import { until } from "../entrance/fixtures/until.ts"
import { openDoor } from "./fixtures/open-door.ts"

test("greets as IMAP4rev1 and IMAP4rev2 with its capabilities, and answers who it is (ID)", async context => {
  const { connect } = await openDoor(context)
  const client = await connect({ deaf: true })
  assert.match(
    (await client.line()) ?? "",
    /^\* OK \[CAPABILITY IMAP4rev1 IMAP4rev2 .*ID.*\] mx\.example is ready$/,
  )
  assert.deepEqual(await client.say('ID ("name" "a program")'), [
    '* ID ("name" "Letterkeep" "version" "0.0.0")',
    "t1 OK Glad to meet you",
  ])
  assert.deepEqual(await client.say("ID NIL"), [
    '* ID ("name" "Letterkeep" "version" "0.0.0")',
    "t2 OK Glad to meet you",
  ])
  assert.equal(await client.answer("NOOP"), "OK Done")
  assert.deepEqual(await client.say("LOGOUT"), ["* BYE Until next time", "t4 OK Logged out"])
  await client.closed
})

test("serves commands one after another, however they come", async context => {
  const { connect } = await openDoor(context)
  const whole =
    "a LOGIN anna@here.test {6+}\r\nsecret\r\nb NOOP\r\nc SELECT INBOX\r\nd UNSELECT\r\ne LOGOUT\r\n"
  const expected = ["a OK", "b OK", "c OK", "d OK", "* BYE", "e OK"]
  for (let cut = 1; cut < whole.length; cut += 1) {
    const client = await connect()
    client.write(whole.slice(0, cut))
    await new Promise(resolve => setImmediate(resolve))
    client.write(whole.slice(cut))
    for (const words of expected)
      assert.ok((await client.line())?.startsWith(words), `cut at ${cut}: ${words}`)
    client.destroy()
  }
})

test("serves what a client said before it closed its side", async context => {
  const { connect } = await openDoor(context)
  const client = await connect()
  client.write("a NOOP\r\nb NOOP\r\n")
  client.end()
  assert.equal(await client.line(), "a OK Done")
  assert.equal(await client.line(), "b OK Done")
  assert.equal(await client.line(), undefined)
})

test("refuses what needs a sign-in, and a second sign-in", async context => {
  const { connect, enter } = await openDoor(context)
  const stranger = await connect()
  for (const command of ['LIST "" *', "SELECT INBOX", "IDLE", "COMPRESS DEFLATE", "FETCH 1 FLAGS"])
    assert.match(await stranger.answer(command), /^BAD Sign in first/)
  const client = await enter()
  for (const command of ["LOGIN a@b c", "AUTHENTICATE PLAIN"])
    assert.match(await client.answer(command), /^BAD You are signed in/)
  assert.match(await client.answer("FETCH 1 FLAGS"), /^BAD Open a mailbox first/)
  assert.match(await client.answer("STARTTLS"), /^BAD /)
})

test("asks for news before the answer, and for none that moves numbers while a command speaks of them", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  const heard: [string, { expunges: boolean; look: boolean }][] = [
    ["NOOP", { expunges: true, look: true }],
    ["FETCH 1 FLAGS", { expunges: false, look: false }],
    ["UID FETCH 1 FLAGS", { expunges: true, look: false }],
    ["STORE 1 +FLAGS (x)", { expunges: false, look: false }],
    ["SEARCH ALL", { expunges: false, look: false }],
    ["UID SEARCH ALL", { expunges: true, look: true }],
    ["SORT (DATE) UTF-8 ALL", { expunges: false, look: false }],
    ["THREAD REFERENCES UTF-8 ALL", { expunges: false, look: false }],
    ["COPY 1 INBOX", { expunges: true, look: true }],
    ["EXPUNGE", { expunges: true, look: true }],
  ]
  for (const [command, how] of heard) {
    selecting.asked.length = 0
    selecting.news = "* 3 EXISTS\r\n"
    assert.deepEqual((await client.say(command))[0], "* 3 EXISTS", command)
    assert.deepEqual(selecting.asked, [how], command)
  }
})

test("CLOSE removes what is marked deleted, UNSELECT and a mailbox opened to look at do not", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  assert.equal(await client.answer("UNSELECT"), "OK Closed")
  await client.say("EXAMINE INBOX")
  assert.equal(await client.answer("CLOSE"), "OK Closed")
  assert.equal(selecting.expunged.times, 0)
  await client.say("SELECT INBOX")
  assert.equal((await client.say("SELECT INBOX"))[0], "* OK [CLOSED] The mailbox that was open is closed")
  assert.equal(await client.answer("CLOSE"), "OK Closed")
  assert.equal(selecting.expunged.times, 1)
  assert.match(await client.answer("CLOSE"), /^BAD Open a mailbox first/)
})

test("says NO and goes on when a command fails, and says whether to try again", async context => {
  const { enter, selecting, log } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  selecting.serve = async () => {
    throw Object.assign(new Error("lost"), { temporary: true })
  }
  assert.match(await client.answer("CHECK"), /^NO \[UNAVAILABLE\]/)
  selecting.serve = async () => {
    throw new TypeError("ours")
  }
  // What the client cannot be told now, it must not believe to know.
  const [without, answer] = await client.say("CHECK")
  assert.equal(without, "* OK Without news")
  assert.match(answer ?? "", /^t\d+ NO \[SERVERBUG\]/)
  assert.equal(await client.answer("NOOP"), "OK Done")
  assert.equal(log.events.filter(({ name }) => name === "imap.command-failed").length, 2)
})

test("says BYE when the mailbox that is open was deleted elsewhere", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  selecting.gone = true
  assert.match((await client.say("NOOP"))[0] ?? "", /^\* BYE The mailbox/)
  await client.closed
})

test("says BYE when the session ends, to who waits and to who asks", async context => {
  const { enter, people, time } = await openDoor(context)
  const waiting = await enter()
  people.sessions[0]?.close()
  time.pass(1_000)
  assert.match((await waiting.line()) ?? "", /^\* BYE Your sign-in has ended/)
  await waiting.closed
  const asking = await enter()
  people.sessions[1]?.close()
  assert.match((await asking.say('LIST "" *'))[0] ?? "", /^\* BYE Your sign-in has ended/)
  await asking.closed
})

test("ends the session, its work and its ear for news when the client goes", async context => {
  const { enter, people, selecting, listeners, time } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  let work: "none" | "begun" | "ended" = "none"
  selecting.serve = (_, __, signal) => {
    work = "begun"
    return new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => {
        work = "ended"
        reject(signal.reason)
      }),
    )
  }
  client.write("x SEARCH ALL\r\n")
  await until(() => work === "begun" && listeners() === 1)
  client.destroy()
  await until(() => {
    time.pass(1_000)
    return work === "ended"
  })
  assert.equal(people.sessions[0]?.closed, true)
  assert.equal(listeners(), 0)
})

test("bounds the connections of one account, and lets the next one in when one has gone", async context => {
  const { enter, connect, people, log } = await openDoor(context, { limits: { connectionsPerAccount: 2 } })
  const [first] = [await enter(), await enter()]
  const third = await connect()
  assert.match(await third.answer("LOGIN anna@here.test secret"), /^NO \[LIMIT\]/)
  assert.equal(people.sessions[2]?.closed, true)
  assert.match(await third.answer("LOGIN ben@here.test secret"), /^OK/)
  first?.destroy()
  await until(() => log.events.some(({ name }) => name === "imap.closed"))
  await enter()
})
