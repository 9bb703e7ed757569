import assert from "node:assert/strict"
import { test } from "node:test"
import { mintEgress } from "../../ports/network/egress.ts"
import { certificateFor } from "../../ports/network/test-certificates.ts"
import { mailContent } from "../../privacy/index.ts"
import { StoreError } from "../../store/index.ts"
import type { Claimed } from "../contract.ts"
import { lastMs } from "./hand-over.ts"
import { brief, farSide, letter, mailTo, openTestHandOver, someTurns, until } from "./open-test-hand-over.ts"

const oneHost = (ip = "127.0.0.1") => ({
  "far.test": { mx: [{ preference: 10, exchange: "mx.far.test" }] },
  "mx.far.test": { a: [ip] },
})

test("hands a mail over as it is, below what signing puts above it", async t => {
  const far = await farSide(t)
  const { send, released } = await openTestHandOver(t, {
    table: oneHost(),
    port: far.port,
    parts: { sign: async (mail, text) => `X-Signed: ${mail.signedBy} ${text.length}\r\n` },
  })
  const [tried] = await send(mailTo("bob@far.test"))
  assert.deepEqual(tried, {
    kind: "handed-over",
    by: { host: "mx.far.test", ip: "127.0.0.1", tls: undefined, verified: undefined },
    reply: { code: 250, enhanced: "2.0.0", text: "kept" },
    dsnPassedOn: false,
  })
  const text = `X-Signed: us.example ${letter.length}\r\n${letter}`
  const connection = 0
  assert.deepEqual(far.mails, [
    { from: `<ada@us.example> SIZE=${text.length}`, to: ["bob@far.test"], text, isTls: false, connection },
  ])
  // One for the connection, one for the mail.
  assert.equal(released.get("mail-exchanger"), 2)
})

test("hands over long texts by DATA and BDAT, piece by piece", async t => {
  const text = `Subject: long\r\n\r\n${`${".".repeat(70)}\r\n`.repeat(20_000)}`
  for (const offers of [["PIPELINING"], ["CHUNKING"], ["CHUNKING", "PIPELINING"], []]) {
    const far = await farSide(t, { offers })
    const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
    assert.equal(brief((await send(mailTo("bob@far.test", {}, text)))[0]), "handed-over 250", offers.join())
    assert.equal(far.mails[0]?.text === text, true, offers.join())
  }
})

test("tells each recipient's fate by what was said of it", async t => {
  const far = await farSide(t, {
    answer: line =>
      line.startsWith("RCPT TO:<full")
        ? "452 4.2.2 mailbox full"
        : line.startsWith("RCPT TO:<no")
          ? "550 5.1.1 nobody"
          : undefined,
  })
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const tried = await send(mailTo(["a@far.test", "full@far.test", "no@far.test", "b@far.test"]))
  assert.deepEqual(tried.map(brief), [
    "handed-over 250",
    "not-now refused 452",
    "never refused 550",
    "handed-over 250",
  ])
  assert.deepEqual(tried[1]?.reply, { code: 452, enhanced: "4.2.2", text: "mailbox full" })
  assert.deepEqual(far.mails[0]?.to, ["a@far.test", "b@far.test"])
})

test("greylisting is for now, and the next try goes through", async t => {
  let seen = 0
  const far = await farSide(t, {
    answer: line => (line.startsWith("RCPT") && seen++ === 0 ? "451 4.7.1 later" : undefined),
  })
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["not-now refused 451"])
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 1)
})

for (const [line, code, expected] of [
  ["MAIL", "451 4.3.0 no", "not-now refused 451"],
  ["MAIL", "550 5.7.1 no", "never refused 550"],
  ["DATA", "554 5.0.0 no", "never refused 554"],
  [".", "452 4.3.1 no", "not-now refused 452"],
  [".", "554 5.7.1 spam", "never refused 554"],
  ["EHLO", "421 4.3.2 busy", "not-now refused 421"],
  ["greeting", "421 4.3.2 busy", "not-now refused 421"],
  ["greeting", "554 5.7.1 blocked", "never refused 554"],
  ["greeting", "hello, stranger", "not-now nonsense"],
  ["MAIL", "200000 ok", "not-now nonsense"],
  ["MAIL", "close", "not-now connection-lost"],
  ["greeting", "close", "not-now connection-lost"],
  [".", "close", "not-now connection-lost"],
] as const)
  test(`a far side that says ${code} to ${line}: ${expected}`, async t => {
    const far = await farSide(t, { answer: said => (said.startsWith(line) ? code : undefined) })
    const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
    assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), [expected])
    assert.equal(far.connections, 1)
  })

for (const step of ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "text", "."])
  test(`a far side that stalls at ${step} is given up in time, and no sooner`, async t => {
    const far = await farSide(t, { answer: line => (line.startsWith(step) ? "stall" : undefined) })
    const { send, pass } = await openTestHandOver(t, { table: oneHost(), port: far.port })
    let isOver = false
    const sending = send(mailTo("bob@far.test")).finally(() => {
      isOver = true
    })
    await far.stalled
    await someTurns()
    pass(100_000)
    await someTurns()
    assert.equal(isOver, false)
    pass(600_000)
    assert.deepEqual((await sending).map(brief), ["not-now timed-out"])
  })

test("goes on without TLS where a handshake stalls or fails and nobody asks for TLS", async t => {
  const { context } = certificateFor(["mx.far.test"])
  const far = await farSide(t, {
    tls: context,
    answer: (line, { connection }) =>
      connection === 0 && line === "STARTTLS" ? "220 go\r\n500 nonsense" : undefined,
  })
  const { send, seen } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const [tried] = await send(mailTo("bob@far.test"))
  assert.equal(
    brief(tried),
    "not-now nonsense",
    "octets in the clear before the handshake are nobody's fault of TLS",
  )

  const stalling = await farSide(t, { offers: ["STARTTLS"] })
  const second = await openTestHandOver(t, { table: oneHost(), port: stalling.port })
  const sending = second.send(mailTo("bob@far.test"))
  await until(() => stalling.lines.includes("STARTTLS"))
  await someTurns()
  second.pass(60_000)
  assert.deepEqual((await sending).map(brief), ["handed-over 250"])
  assert.equal(stalling.connections, 2)
  assert.deepEqual(
    second.seen.map(({ outcome }) => (outcome.kind === "failed" ? outcome.result : outcome.kind)),
    ["validation-failure"],
  )
  assert.equal(seen.length, 0)
})

test("sends to more recipients than the far side takes at once in several transactions", async t => {
  const far = await farSide(t, { offers: ["PIPELINING", "LIMITS RCPTMAX=2"] })
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const to = ["a", "b", "c", "d", "e"].map(name => `${name}@far.test`)
  assert.deepEqual((await send(mailTo(to))).map(brief), Array(5).fill("handed-over 250"))
  assert.deepEqual(
    far.mails.map(mail => mail.to),
    [to.slice(0, 2), to.slice(2, 4), to.slice(4)],
  )
  assert.equal(far.connections, 1)
})

test("keeps a connection for the next mail for ten seconds, and says goodbye then", async t => {
  const far = await farSide(t)
  const { send, pass } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  await send(mailTo("bob@far.test"))
  pass(9_999)
  await send(mailTo("eve@far.test"))
  assert.equal(far.connections, 1)
  pass(9_999)
  assert.equal(far.lines.includes("QUIT"), false)
  pass(1)
  await until(() => far.open === 0)
  assert.equal(far.lines.at(-1), "QUIT")
  await send(mailTo("bob@far.test"))
  assert.equal(far.connections, 2)
})

test("a kept connection that the far side closed costs a mail nothing", async t => {
  const far = await farSide(t)
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  await send(mailTo("bob@far.test"))
  far.play({
    answer: (line, { connection }) => (connection === 0 && line.startsWith("MAIL") ? "close" : undefined),
  })
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 2)
  far.play({
    answer: (line, { connection }) =>
      connection === 1 && line.startsWith("MAIL") ? "421 4.4.2 idle" : undefined,
  })
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 3)
})

test("says what the message needs and the far side lacks", async t => {
  const far = await farSide(t, { offers: ["SIZE 100"] })
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const cases = [
    [{ body: "8BITMIME" }, letter, "never needs-8bitmime"],
    [{ smtputf8: true }, letter, "never needs-smtputf8"],
    [{}, `Subject: x\r\n\r\n${"x".repeat(200)}\r\n`, "never too-big"],
    [{}, "Subject: x\n\r\n", "never trouble-here"],
  ] as const
  for (const [more, text, expected] of cases)
    assert.deepEqual((await send(mailTo("bob@far.test", more, text))).map(brief), [expected])
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
})

test("a text that cannot be had, or signed, waits, and the connection serves the next mail", async t => {
  const far = await farSide(t)
  const { send, log } = await openTestHandOver(t, {
    table: oneHost(),
    port: far.port,
    parts: {
      sign: async mail => {
        if (mail.signedBy === "broken.example") throw new Error("no key")
        return ""
      },
    },
  })
  const gone = mailTo("bob@far.test", { text: async () => Promise.reject(new Error("damaged")) })
  assert.deepEqual((await send(gone)).map(brief), ["not-now trouble-here"])
  const unsigned = mailTo("bob@far.test", { signedBy: "broken.example" })
  assert.deepEqual((await send(unsigned)).map(brief), ["not-now trouble-here"])
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 1)
  assert.deepEqual(
    log.events.map(({ name }) => name),
    ["sending.not-prepared", "sending.not-prepared"],
  )
})

test("a mail whose text the database cannot give for a moment counts as not tried", async t => {
  const far = await farSide(t)
  const { send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const away = new StoreError("the database cannot be reached", { temporary: true })
  const mail = mailTo("bob@far.test", { text: async () => Promise.reject(away) })
  assert.deepEqual(await send(mail), [undefined])
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 1)
})

test("who waits for a connection is given back when the wait is ended, and what is under way is finished", async t => {
  const far = await farSide(t, { answer: line => (line.startsWith("MAIL") ? "stall" : undefined) })
  const limits = { perDestination: 1, inAll: 1, bytesInHand: 1_000_000 }
  const { service, pass } = await openTestHandOver(t, { table: oneHost(), port: far.port, parts: { limits } })
  const stop = new AbortController()
  const most = service.room()
  const first = service.handOver(mailTo("a@far.test"), stop.signal)
  const others = Array.from({ length: most - 1 }, (_, no) =>
    service.handOver(mailTo(`b${no}@far.test`), stop.signal),
  )
  assert.deepEqual(service.full(), ["far.test"])
  assert.equal(service.room(), 0)
  await far.stalled
  stop.abort()
  for (const other of others) assert.deepEqual(await other, new Map())
  assert.equal(service.room(), most - 1)
  pass(600_000)
  assert.deepEqual([...(await first).values()].map(brief), ["not-now timed-out"])
  assert.deepEqual(service.full(), [])
})

test("a mistake of ours ends the connection, and leaves its place to others", async t => {
  const far = await farSide(t)
  const limits = { perDestination: 1, inAll: 1, bytesInHand: 1_000_000 }
  const { send, service } = await openTestHandOver(t, { table: oneHost(), port: far.port, parts: { limits } })
  // More recipients than one transaction of SMTP may have: the queue makes no such mail.
  const many = mailTo(Array.from({ length: 1_001 }, (_, at) => `p${at}@far.test`))
  await assert.rejects(service.handOver(many, new AbortController().signal), RangeError)
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.equal(far.connections, 2)
})

test("what was called off before its first word is not begun, and the connection serves the next mail", async t => {
  const far = await farSide(t)
  const { service, send } = await openTestHandOver(t, { table: oneHost(), port: far.port })
  const stop = new AbortController()
  const text: Claimed["text"] = async () => {
    stop.abort()
    return mailContent(Buffer.from(letter))
  }
  assert.deepEqual(await service.handOver(mailTo("eve@far.test", { text }), stop.signal), new Map())
  assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), ["handed-over 250"])
  assert.deepEqual(
    far.mails.map(({ to }) => to),
    [["bob@far.test"]],
  )
  assert.equal(far.connections, 1)
})

test("where something of ours breaks between two transactions, what was said in the first holds", async t => {
  const far = await farSide(t, { offers: ["PIPELINING", "LIMITS RCPTMAX=2"] })
  let asked = 0
  const egress = mintEgress("mail-exchanger", async () => {
    asked += 1
    // For the connection, the first transaction, the second.
    if (asked === 3) throw new Error("a mistake of ours")
  })
  const { send, log } = await openTestHandOver(t, {
    table: oneHost(),
    port: far.port,
    parts: { egress: { "mail-exchanger": egress, "smart-host": egress } },
  })
  const tried = await send(mailTo(["a", "b", "c"].map(name => `${name}@far.test`)))
  assert.deepEqual(tried.map(brief), ["handed-over 250", "handed-over 250", "not tried"])
  assert.deepEqual(
    log.events.map(({ name }) => name),
    ["task.failed"],
  )
})

test("when the server stops, connections say goodbye, and those that do not end in time are ended", async t => {
  const far = await farSide(t)
  const silent = await farSide(t, { answer: line => (line === "QUIT" ? "stall" : undefined) })
  const stuck = await farSide(t, { answer: line => (line.startsWith("MAIL") ? "stall" : undefined) })
  const transports = new Map(
    [far, silent, stuck].map(({ ip, port }, at) => [`${at}.test`, { host: ip, port }]),
  )
  const { service, send, pass } = await openTestHandOver(t, {
    table: {},
    port: 25,
    parts: { routes: { transports } },
  })
  await send(mailTo("bob@0.test"))
  await send(mailTo("bob@1.test"))
  const sending = send(mailTo("bob@2.test"))
  await stuck.stalled
  let isFinished = false
  const finishing = service.finish().then(() => {
    isFinished = true
  })
  await until(() => far.open === 0)
  assert.equal(far.lines.at(-1), "QUIT")
  await silent.stalled
  assert.equal(isFinished, false)
  pass(lastMs)
  await finishing
  assert.deepEqual((await sending).map(brief), ["not-now connection-lost"])
  await until(() => silent.open + stuck.open === 0)
})
