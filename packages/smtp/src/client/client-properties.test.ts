import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { envelopeOf, openClient, play } from "../../fixtures/far-side.ts"
import { type ClientOptions, defaultClientLimits, type Path, type RecipientOutcome } from "../index.ts"

/** Whatever a far side says: what is never broken. */
const reply = fc.oneof(
  { arbitrary: fc.constantFrom("250 ok\r\n", "250 2.1.5 ok\r\n", "220 x\r\n", "354 go\r\n"), weight: 8 },
  fc.constantFrom(
    ...["250-x\r\n250-PIPELINING\r\n250-SIZE 9\r\n250-CHUNKING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"],
    ...[
      "250-x\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n",
      "250-x\r\n250 AUTH LOGIN PLAIN\r\n",
      "250-x\r\n250 CHUNKING\r\n",
    ],
    ...[
      "421 bye\r\n",
      "450 4.2.0 later\r\n",
      "550 5.1.1 no\r\n",
      "552 many\r\n",
      "500 what\r\n",
      "503 no\r\n",
    ],
    ...["334 \r\n", "334 AAAA\r\n", "235 in\r\n", "221 bye\r\n", "251 x\r\n", "599 x\r\n"],
    ...["nonsense\r\n", "250 a\n", "250-a\r\n", "\r\n", "354", "\0"],
  ),
)
const options: fc.Arbitrary<Partial<ClientOptions>> = fc.record(
  {
    tls: fc.constantFrom("never" as const, "wanted" as const, "required" as const),
    secure: fc.constantFrom({ verified: true }, { verified: false }),
    auth: fc.constant({ mechanisms: [{ name: "PLAIN", initial: Buffer.from("x") }, { name: "LOGIN" }] }),
    limits: fc.constant({ ...defaultClientLimits, transactions: 4, chunksInFlight: 2, challenges: 2 }),
  },
  { noNullPrototype: true, requiredKeys: [] },
)
const envelopes = fc.array(
  fc.constantFrom(
    envelopeOf("a@us.test", ["r@far.test"]),
    envelopeOf("", ["r@far.test", "s@far.test", "t@far.test"]),
    envelopeOf("a@us.test", ["r@far.test"], { body: "8BITMIME", size: 5 }),
    envelopeOf("jörg@us.test", ["r@far.test", "s@far.test"], { size: 50 }),
  ),
  { maxLength: 5 },
)

/** Lines of the text that no command looks like. */
const text = ["secret one\r\n", "..secret two\r\n.", "secret three"]

test("neither throws nor hangs, whatever the far side says, and hears the same from whole replies and single octets", () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 30 }), options, envelopes, (says, some, of) => {
      const script = {
        says,
        options: some,
        envelopes: of,
        text,
        responses: ["a", undefined],
      }
      const whole = play(script)
      assert.deepEqual(play(script, "octets"), whole)
      assert.ok(whole.events.filter(event => event.startsWith("closing")).length <= 1)
    }),
    { numRuns: 1_500 },
  )
})

test("sends no text before it is told to, or a recipient is granted, and tells one outcome for each recipient that was taken", () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 40 }), options, envelopes, (says, some, of) => {
      const client = openClient(some)
      const waiting = [...of]
      let sent = 0
      let told = 0
      let pieces: string[] = []
      let closed = false
      let inData = false
      let wrote = ""
      let sinceMail = ""

      const drain = (): void => {
        for (let turns = 0; ; turns += 1) {
          assert.ok(turns < 10_000, "it goes round and round")
          for (let event = client.next(); event !== undefined; event = client.next()) {
            assert.ok(!closed, "an event after closing")
            if (event.kind === "ready") {
              const envelope = waiting.shift()
              if (envelope === undefined) client.quit()
              else {
                sinceMail = ""
                inData = false
                pieces = [...text]
                sent += envelope.recipients.length
                client.send(envelope)
              }
            } else if (event.kind === "text-wanted") {
              assert.match(sinceMail, /^2/m, "somebody was granted")
              inData = true
              const piece = pieces.shift() ?? ""
              client.give(Buffer.from(piece), pieces.length === 0)
            } else if (event.kind === "transaction-over") {
              told += event.outcomes.length
              for (const outcome of event.outcomes) assert.ok(isSound(outcome, event.outcomes))
            } else if (event.kind === "challenge") client.respond(Buffer.from("x"))
            else if (event.kind === "start-tls") client.secured({ verified: true })
            else if (event.kind === "closing") closed = true
          }
          const output = Buffer.from(client.output()).toString("latin1")
          if (output === "") return
          wrote += output
          if (output.includes("secret")) {
            assert.ok(inData)
            // What the first digit says counts (RFC 5321 §4.2.1).
            if (!wrote.includes("BDAT")) assert.match(sinceMail, /^3/m)
          }
        }
      }

      drain()
      for (const said of says) {
        sinceMail += said
        client.push(Buffer.from(said, "latin1"))
        drain()
      }
      client.lost()
      drain()
      assert.ok(closed)
      assert.equal(told, sent)
      assert.equal(client.next(), undefined)
      assert.equal(client.output().length, 0)
    }),
    { numRuns: 1_500 },
  )
})

/** Accepted and refused carry a reply that says so. */
function isSound(outcome: RecipientOutcome, all: readonly RecipientOutcome[]): boolean {
  switch (outcome.kind) {
    case "accepted":
      return outcome.reply.code < 300
    case "refused":
      return outcome.reply.code >= 400 && (outcome.temporary || outcome.reply.code >= 500)
    case "impossible":
      if (outcome.why === "needs-smtputf8") return true
      return all.every(({ kind }) => kind === "impossible" || kind === "refused" || kind === "left-over")
    default:
      return true
  }
}

test("takes random octets without a throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), pieces => {
      const client = openClient()
      for (const piece of pieces) {
        client.push(piece)
        while (client.next() !== undefined);
        assert.ok(client.waiting <= defaultClientLimits.replyLine)
      }
    }),
    { numRuns: 500 },
  )
})

test("writes one line for MAIL and one for each RCPT, whatever stands in an envelope, or throws", () => {
  const wild = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc
      .array(
        fc.constantFrom(
          "a@b.c",
          "a",
          "@",
          ".",
          '"',
          "\\",
          "<",
          ">",
          " ",
          "\r\n",
          "RSET",
          "\0",
          "\x7f",
          "\x85",
          "é",
          ";",
          "+41",
        ),
      )
      .map(parts => parts.join("")),
  )
  const path = wild.map((address): Path => {
    return { kind: "mailbox", localPart: "a", domain: "b", literal: false, address, international: false }
  })
  const wide = "220 x\r\n250-x\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250-SIZE\r\n250 DSN\r\n"
  fc.assert(
    fc.property(path, path, wild, wild, fc.boolean(), (from, to, envid, orcpt, plainPaths) => {
      const client = openClient()
      client.push(Buffer.from(wide))
      while (client.next() !== undefined);
      client.output()
      const envelope = envelopeOf("a@us.test", ["r@far.test", { orcpt }], { envid })
      const wildPaths = { sender: { ...envelope.sender, path: from }, recipients: [{ path: to }] }
      try {
        client.send(plainPaths ? envelope : wildPaths)
      } catch {
        assert.equal(client.output().length, 0)
        return
      }
      const lines = Buffer.from(client.output()).toString("utf8").split("\r\n")
      const verbs = plainPaths ? ["MAIL", "RCPT", "RCPT", "DATA", ""] : ["MAIL", "RCPT", "DATA", ""]
      assert.deepEqual(
        lines.map(each => each.slice(0, 4)),
        verbs,
      )
      for (const each of lines) assert.doesNotMatch(each, /[\0-\x1f\x7f]/)
    }),
    { numRuns: 3_000 },
  )
})
