import assert from "node:assert/strict"
import { test } from "node:test"
import { clientDialogues } from "../../fixtures/client-dialogues.ts"
import { envelopeOf, openClient, pathOf, play } from "../../fixtures/far-side.ts"
import {
  type ClientEvent,
  type ClientOptions,
  clientWaits,
  defaultClientLimits,
  type SmtpClient,
} from "../index.ts"

for (const dialogue of clientDialogues) {
  test(`sends, hears and tells: ${dialogue.name}`, () => {
    const { wrote, events, waitingFor } = play(dialogue)
    assert.deepEqual(wrote, dialogue.wrote)
    assert.deepEqual(events, dialogue.events)
    assert.equal(waitingFor, "owner")
  })

  if (dialogue.ofItsMoment) continue
  test(`hears the same wherever it is cut: ${dialogue.name}`, () => {
    const whole = play(dialogue)
    for (const [turn, said] of dialogue.says.entries()) {
      if (said.startsWith("<")) continue
      for (let at = 0; at <= Buffer.byteLength(said); at += 1)
        assert.deepEqual(play(dialogue, { turn, at }), whole, `turn ${turn} cut at ${at}`)
    }
    assert.deepEqual(play(dialogue, "octets"), whole, "one octet at a time")
  })
}

const piped = "220 x\r\n250-x\r\n250-PIPELINING\r\n250 DSN\r\n"
const one = envelopeOf("a@us.test", ["r@far.test"])

/** Pushes, and gives the kinds of the events; the output is left where it is. */
function hear(client: SmtpClient, said: string): ClientEvent[] {
  client.push(Buffer.from(said, "latin1"))
  const events: ClientEvent[] = []
  for (let event = client.next(); event !== undefined; event = client.next()) events.push(event)
  return events
}

const kinds = (events: readonly ClientEvent[]): string[] => events.map(({ kind }) => kind)
const taken = (client: SmtpClient): string => Buffer.from(client.output()).toString("latin1")

function readyClient(options: Partial<ClientOptions> = {}): SmtpClient {
  const client = openClient(options)
  assert.deepEqual(kinds(hear(client, piped)), ["ready"])
  taken(client)
  return client
}

test("begins no handshake and says nothing once words came in the clear after the 220, wherever they are cut", () => {
  const said = "220 go\r\n250 x\r\n"
  for (let cut = 0; cut <= said.length; cut += 1) {
    const client = openClient({ tls: "wanted" })
    hear(client, "220 x\r\n250-x\r\n250 STARTTLS\r\n")
    taken(client)
    const events = [...hear(client, said.slice(0, cut)), ...hear(client, said.slice(cut))]
    const last = events.at(-1)
    assert.ok(last?.kind === "closing" && last.end.kind === "fault" && last.end.fault === "talks-before-tls")
    assert.equal(events.length, cut === 8 ? 2 : 1)
    assert.equal(taken(client), "")
    assert.throws(() => client.secured({ verified: true }))
  }
})

test("ends on a reply to nothing while the owner makes up its mind", () => {
  const client = readyClient()
  const [event] = hear(client, "250 hello?\r\n")
  assert.deepEqual(event, {
    kind: "closing",
    end: { kind: "fault", step: "ready", fault: "unsolicited-reply" },
  })
})

test("hears 421 while the owner makes up its mind", () => {
  const [event] = hear(readyClient(), "421 4.4.2 idle too long\r\n")
  assert.ok(event?.kind === "closing" && event.end.kind === "refused" && event.end.step === "ready")
})

test("asks for text only when the output was taken, one piece at a time", () => {
  const client = readyClient()
  client.send(one)
  assert.deepEqual(kinds(hear(client, "250 x\r\n250 x\r\n354 x\r\n")), [])
  taken(client)
  assert.deepEqual(kinds(hear(client, "")), ["text-wanted"])
  assert.deepEqual(kinds(hear(client, "")), [])
  assert.equal(client.waitingFor, "text")
  assert.ok(client.give(Buffer.from("a\r\n"), false))
  assert.equal(client.give(Buffer.from("b\r\n"), false), false, "it was not asked for")
  assert.deepEqual(kinds(hear(client, "")), [])
  assert.equal(taken(client), "a\r\n")
  assert.deepEqual(kinds(hear(client, "")), ["text-wanted"])
  assert.ok(client.give(Buffer.alloc(0), true))
  assert.equal(taken(client), ".\r\n")
  assert.equal(client.waitingFor, "message-end")
})

test("takes no more text once the far side has said no", () => {
  const client = readyClient()
  client.send(one)
  taken(client)
  assert.deepEqual(kinds(hear(client, "250 x\r\n250 x\r\n354 x\r\n")), ["text-wanted"])
  assert.deepEqual(kinds(hear(client, "421 x\r\n")), ["transaction-over", "closing"])
  assert.equal(client.give(Buffer.from("a\r\n"), true), false)
  assert.equal(taken(client), "")
})

test("asks for the next message's text though a refusal came while text was asked for", () => {
  const client = openClient()
  hear(client, "220 x\r\n250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
  client.send(one)
  taken(client)
  assert.deepEqual(kinds(hear(client, "250 x\r\n250 x\r\n")), ["text-wanted"])
  client.give(Buffer.from("a\r\n"), false)
  assert.equal(taken(client), "BDAT 3\r\na\r\n")
  assert.deepEqual(kinds(hear(client, "")), ["text-wanted"])
  assert.deepEqual(kinds(hear(client, "552 x\r\n")), ["transaction-over", "ready"])
  assert.equal(client.give(Buffer.from("b\r\n"), true), false)
  client.send(one)
  assert.equal(taken(client), "RSET\r\nMAIL FROM:<a@us.test>\r\nRCPT TO:<r@far.test>\r\n")
  assert.deepEqual(kinds(hear(client, "250 x\r\n250 x\r\n250 x\r\n")), ["text-wanted"])
})

test("does not write what waits to be written once the connection is over", () => {
  const client = readyClient()
  client.send(one)
  hear(client, "nonsense\r\n")
  assert.equal(taken(client), "")
})

test("tells whether wishes for reports were passed on", () => {
  for (const [offers, passedOn] of [
    [piped, true],
    ["220 x\r\n250 x\r\n", false],
  ] as const) {
    const client = openClient()
    hear(client, offers)
    client.send(one)
    const event = hear(client, "550 no\r\n550 no\r\n550 no\r\n").find(
      ({ kind }) => kind === "transaction-over",
    )
    assert.ok(event?.kind === "transaction-over")
    assert.equal(event.dsnPassedOn, passedOn)
  }
})

test("keeps of each reply so many characters and no more", () => {
  const lines = (client: SmtpClient, said: string) => {
    client.send(envelopeOf("a@us.test", ["r@far.test", "s@far.test"]))
    const event = hear(client, said).find(({ kind }) => kind === "transaction-over")
    assert.ok(event?.kind === "transaction-over")
    return event.outcomes.map(outcome => (outcome.kind === "refused" ? outcome.reply.lines : []))
  }
  const limits = { ...defaultClientLimits, keptText: 5 }
  const long = "550-abc\r\n550-def\r\n550 ghi\r\n"
  const refused = "250 x\r\n550 abcde\r\n550 abcdef\r\n503 x\r\n"
  assert.deepEqual(lines(readyClient({ limits }), refused), [["abcde"], ["abcde…"]])
  assert.deepEqual(lines(readyClient({ limits }), `250 x\r\n${long}550-\r\n550 abcd\r\n503 x\r\n`), [
    ["abc", "d…"],
    ["", "abcd"],
  ])
  const going = `${`421-${"x".repeat(500)}\r\n`.repeat(20)}421 x\r\n`
  for (const kept of lines(readyClient(), going))
    assert.ok(kept.join("").length <= defaultClientLimits.keptText)
})

test("refuses an envelope that is out of form, and is ready for the next", () => {
  const client = readyClient({ limits: { ...defaultClientLimits, recipients: 2 } })
  const mailbox = pathOf("r@far.test", "forward")
  assert.ok(mailbox.kind === "mailbox")
  for (const address of ["r@far.test>\r\nRSET\r\n", "r@far.test> X=Y", "r", "r@far.test\n"]) {
    const bad = { path: { ...mailbox, address } }
    assert.throws(() => client.send(envelopeOf("a@us.test", [bad])), address)
    assert.throws(() => client.send({ ...one, sender: { ...one.sender, ...bad } }), address)
  }
  for (const envid of ["", "a\r\nb", "ü", "x".repeat(101), " ".repeat(34)])
    assert.throws(() => client.send(envelopeOf("a@us.test", ["r@far.test"], { envid })), envid)
  for (const orcpt of ["", "rfc822", "rfc822;", "rfc822;a b", "rfc822;a=b", `rfc822;${"x".repeat(500)}`])
    assert.throws(() => client.send(envelopeOf("a@us.test", [{ orcpt }])), orcpt)
  assert.throws(() => client.send(envelopeOf("a@us.test", [])), RangeError)
  assert.throws(() => client.send(envelopeOf("a@us.test", ["a@b", "a@b", "a@b"])), RangeError)
  assert.equal(taken(client), "")
  client.send(one)
  assert.equal(taken(client), "MAIL FROM:<a@us.test>\r\nRCPT TO:<r@far.test>\r\nDATA\r\n")
})

test("refuses a host name that would be more than a word", () => {
  for (const hostname of ["", "a b", "a\r\nb", "ü.test"]) assert.throws(() => openClient({ hostname }))
})

test("takes the owner's words only in their turn", () => {
  const client = openClient()
  assert.throws(() => client.send(one))
  assert.throws(() => client.quit())
  assert.throws(() => client.secured({ verified: true }))
  assert.throws(() => client.respond(undefined))
  assert.throws(() => client.give(Buffer.alloc(defaultClientLimits.textPiece + 1), true), RangeError)
  client.lost()
  client.lost()
  assert.deepEqual(kinds(hear(client, "220 x\r\n")), ["closing"])
})

test("says QUIT after as many messages as its limit has", () => {
  const client = readyClient({ limits: { ...defaultClientLimits, transactions: 1 } })
  client.send(one)
  taken(client)
  assert.deepEqual(kinds(hear(client, "550 x\r\n503 x\r\n503 x\r\n221 x\r\n")), [
    "transaction-over",
    "closing",
  ])
  assert.equal(taken(client), "QUIT\r\n")
})

const mechanisms = [{ name: "LOGIN" }]
const signingIn = (challenges: number): SmtpClient => {
  const limits = { ...defaultClientLimits, challenges }
  const client = openClient({ secure: { verified: true }, auth: { mechanisms }, limits })
  hear(client, "220 x\r\n250-x\r\n250 AUTH LOGIN\r\n")
  return client
}

test("holds no more than one reply of a far side that goes on talking during a challenge", () => {
  const client = signingIn(9)
  hear(client, "334 \r\n")
  const events = hear(client, "x".repeat(defaultClientLimits.replyBytes + 1))
  assert.deepEqual(kinds(events), ["closing"])
  assert.equal(client.waiting, 0)
})

test("answers so many challenges and no more", () => {
  const client = signingIn(3)
  for (let at = 0; at < 3; at += 1) {
    assert.deepEqual(kinds(hear(client, "334 \r\n")), ["challenge"])
    client.respond(Buffer.from("x"))
  }
  assert.deepEqual(kinds(hear(client, "334 \r\n")), ["closing"])
})

test("keeps a first message that is too long for a line until it is asked for", () => {
  const initial = Buffer.alloc(400, "x")
  const auth = { mechanisms: [{ name: "PLAIN", initial }] }
  const client = openClient({ secure: { verified: true }, auth })
  hear(client, "220 x\r\n250-x\r\n250 AUTH PLAIN\r\n")
  assert.equal(taken(client), "EHLO us.test\r\nAUTH PLAIN\r\n")
  assert.deepEqual(kinds(hear(client, "334 \r\n")), [])
  assert.equal(taken(client), `${initial.toString("base64")}\r\n`)
})

test("names what it waits for, and each name has its time", () => {
  const client = openClient({ tls: "wanted" })
  const seen = [client.waitingFor]
  const then = (said: string): void => {
    hear(client, said)
    taken(client)
    hear(client, "")
    seen.push(client.waitingFor)
  }
  then("220 x\r\n")
  then("250-x\r\n250 STARTTLS\r\n")
  then("220 x\r\n")
  client.secured({ verified: false })
  then("250 x\r\n")
  client.send(one)
  for (const said of ["", "250 x\r\n", "250 x\r\n", "354 x\r\n"]) then(said)
  client.give(Buffer.alloc(0), true)
  then("")
  then("250 x\r\n")
  client.quit()
  then("")
  assert.deepEqual(seen, [
    ...["greeting", "ehlo", "starttls", "handshake", "owner", "mail", "rcpt", "data", "text", "message-end"],
    ...["owner", "quit"],
  ])
  for (const name of seen) assert.ok(name === "owner" || clientWaits[name] > 0)
})
