import assert from "node:assert/strict"
import { test } from "node:test"
import { clientWaits } from "@letterkeep/smtp"
import { mostTries, patience } from "./dial.ts"
import { brief, farSide, mailTo, openTestHandOver, someTurns, until } from "./open-test-hand-over.ts"

const tableOf = (...domains: readonly string[]) =>
  Object.fromEntries(
    domains.flatMap(domain => [
      [domain, { mx: [{ preference: 10, exchange: `mx.${domain}` }] }],
      [`mx.${domain}`, { a: ["127.0.0.1"] }],
    ]),
  )
const limits = { perDestination: 3, inAll: 4, bytesInHand: 10_000_000 }

test("many mails to one domain go over few connections, a hundred on each, each mail once", async t => {
  const far = await farSide(t)
  const { send } = await openTestHandOver(t, {
    table: tableOf("far.test"),
    port: far.port,
    parts: { limits },
  })
  const mails = Array.from({ length: 450 }, (_, at) => mailTo(`p${at}@far.test`))
  const tried = (await Promise.all(mails.map(send))).flat()
  assert.deepEqual(new Set(tried.map(brief)), new Set(["handed-over 250"]))
  const to = far.mails.flatMap(mail => mail.to)
  assert.equal(new Set(to).size, 450)
  assert.equal(to.length, 450)
  for (let connection = 0; connection < far.connections; connection += 1)
    assert.ok(far.mails.filter(mail => mail.connection === connection).length <= 100)
  assert.ok(far.connections >= 5 && far.connections <= 8, `${far.connections}`)
})

test("a far side that takes so many mails on a connection gets no more on it", async t => {
  const far = await farSide(t, { offers: ["PIPELINING", "LIMITS MAILMAX=2"] })
  const { send } = await openTestHandOver(t, {
    table: tableOf("far.test"),
    port: far.port,
    parts: { limits },
  })
  const tried = await Promise.all(Array.from({ length: 6 }, () => send(mailTo("bob@far.test"))))
  assert.deepEqual(new Set(tried.flat().map(brief)), new Set(["handed-over 250"]))
  for (let connection = 0; connection < far.connections; connection += 1)
    assert.ok(far.mails.filter(mail => mail.connection === connection).length <= 2)
})

test("mails to a dead domain cost one try for all of them, and others are not held up", async t => {
  const far = await farSide(t)
  const table = { ...tableOf("far.test", "dead.test"), "mx.dead.test": { a: ["127.0.0.77"] } }
  const { send, released } = await openTestHandOver(t, { table, port: far.port, parts: { limits } })
  const dead = Array.from({ length: 500 }, () => send(mailTo("bob@dead.test")))
  const alive = Array.from({ length: 20 }, () => send(mailTo("bob@far.test")))
  assert.deepEqual(new Set((await Promise.all(alive)).flat().map(brief)), new Set(["handed-over 250"]))
  const tried = (await Promise.all(dead)).flat()
  assert.deepEqual(new Set(tried.map(brief)), new Set(["not-now unreachable"]))
  assert.equal(released.get("mail-exchanger"), 1 + far.connections + 20)
  assert.deepEqual((await send(mailTo("bob@dead.test"))).map(brief), ["not-now unreachable"])
  assert.equal(released.get("mail-exchanger"), 1 + far.connections + 20)
})

test("a far side that hangs up on every mail is left alone for a while", async t => {
  const far = await farSide(t, {
    answer: line => (line.startsWith("MAIL") ? "421 4.7.0 too much" : undefined),
  })
  const { send, pass } = await openTestHandOver(t, {
    table: tableOf("far.test"),
    port: far.port,
    parts: { limits },
  })
  const tried = (await Promise.all(Array.from({ length: 50 }, () => send(mailTo("bob@far.test"))))).flat()
  assert.deepEqual(new Set(tried.map(brief)), new Set(["not-now refused 421"]))
  assert.ok(far.connections <= limits.perDestination * 2, `${far.connections}`)
  const before = far.connections
  await send(mailTo("bob@far.test"))
  assert.equal(far.connections, before)
  far.play({})
  await someTurns()
  pass(3_600_000)
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
})

test("octets that drip in buy a far side no more time than silence", async t => {
  let drip: (() => void) | undefined
  const far = await farSide(t, {
    answer: (line, { write }) => {
      if (!line.startsWith("MAIL")) return undefined
      drip = () => write("2")
      return "stall"
    },
  })
  const { send, pass } = await openTestHandOver(t, {
    table: tableOf("far.test"),
    port: far.port,
    parts: { limits },
  })
  const sending = send(mailTo("bob@far.test"))
  await far.stalled
  for (let times = 0; times < 3; times += 1) {
    await someTurns()
    pass(100_000)
    drip?.()
  }
  assert.deepEqual((await sending).map(brief), ["not-now timed-out"])
})

test("tries so many addresses of a domain in a row, and no more", async t => {
  const hosts = Array.from({ length: 10 }, (_, at) => `mx${at}.far.test`)
  const { send, released } = await openTestHandOver(t, {
    table: {
      "far.test": { mx: hosts.map(exchange => ({ preference: 10, exchange })) },
      ...Object.fromEntries(hosts.map((host, at) => [host, { a: [`127.0.1.${at}`, `127.0.2.${at}`] }])),
    },
    port: 9,
  })
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["not-now unreachable"])
  assert.equal(released.get("mail-exchanger"), mostTries)
})

test("tries no further address once so long has gone by", async t => {
  const far = await farSide(t, { answer: line => (line === "greeting" ? "stall" : undefined) })
  const { send, pass } = await openTestHandOver(t, {
    table: { "far.test": { a: ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"] } },
    port: far.port,
  })
  const sending = send(mailTo("bob@far.test"))
  for (let tries = 1; tries * clientWaits.greeting <= patience; tries += 1) {
    await until(() => far.connections === tries)
    await someTurns()
    pass(clientWaits.greeting)
  }
  assert.deepEqual((await sending).map(brief), ["not-now timed-out"])
  assert.equal(far.connections, patience / clientWaits.greeting)
})

test("believes a server that wants none of us only where all of the domain's say so", async t => {
  const blocked = await farSide(t, {
    answer: line => (line === "greeting" ? "554 5.7.1 go away" : undefined),
  })
  const mx = [
    { preference: 10, exchange: "mx.far.test" },
    { preference: 20, exchange: "second.far.test" },
  ]
  for (const [second, expected] of [
    ["127.0.0.1", "never refused 554"],
    ["127.0.0.77", "not-now unreachable"],
  ] as const) {
    const table = {
      "far.test": { mx },
      "mx.far.test": { a: ["127.0.0.1"] },
      "second.far.test": { a: [second] },
    }
    const { send } = await openTestHandOver(t, { table, port: blocked.port })
    assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), [expected])
  }
  assert.equal(blocked.connections, 3)
})
