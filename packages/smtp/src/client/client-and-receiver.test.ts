import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { envelopeOf, outcomeText } from "../../fixtures/far-side.ts"
import { envelopeView, join } from "../../fixtures/join.ts"
import { type Notify, type Path, pathText, type Recipient, type Reply, type Request } from "../index.ts"

/** One contract between our two sides: what one is given to send, the other is asked to take, octet for octet. */

const line = fc.oneof(
  fc.constantFrom("", ".", "..", ".x", "QUIT", "\r\n.", "caf\xe9", "x".repeat(998)),
  fc.string({ maxLength: 80 }).map(text => text.replace(/[\r\n]/g, "")),
)
const textOf = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => Buffer.from(lines.join("\r\n") + (ends ? "\r\n" : ""), "latin1"))

/** Addresses whose first letters say how the owner of the receiver answers. */
const address = fc.constantFrom(
  ...["yes@far.test", "yes.too@far.test", '"yes > yes"@far.test', "yes@[192.0.2.1]", "postmaster"],
  ...["never@far.test", "later@far.test", "yés@far.test"],
)
const notify = fc.constantFrom<readonly Notify[] | undefined>(undefined, ["never"], ["success", "failure"])
const recipient = fc
  .tuple(address, notify, fc.constantFrom(undefined, "rfc822;x+2By@far.test"))
  .map(([to, asks, orcpt]): Recipient => {
    const [one] = envelopeOf("", [to]).recipients
    if (one === undefined) throw new Error("an envelope of one has one")
    return {
      ...one,
      ...(asks === undefined ? {} : { notify: asks }),
      ...(orcpt === undefined ? {} : { orcpt }),
    }
  })
const mail = fc
  .tuple(
    textOf,
    fc.constantFrom("", "a@us.test", "b.c@us.test", "é@us.test", "refused@us.test"),
    fc.array(recipient, { minLength: 1, maxLength: 5 }),
    fc.record(
      {
        ret: fc.constantFrom("FULL" as const, "HDRS" as const),
        envid: fc.constantFrom("x", "a+b=c d"),
        body: fc.constantFrom("7BIT" as const, "8BITMIME" as const),
        requireTls: fc.boolean(),
      },
      { noNullPrototype: true, requiredKeys: [] },
    ),
  )
  .map(([text, from, recipients, more]) => ({
    text,
    envelope: { ...envelopeOf(from, recipients, { ...more, size: text.length }), recipients },
  }))

const no = (code: 450 | 550): Reply => ({ code, enhanced: code === 450 ? "4.2.1" : "5.1.1", text: "no" })

function refusal(request: Request): Reply | undefined {
  if (request.kind === "mail" && pathText(request.sender.path).startsWith("refused")) return no(550)
  if (request.kind !== "rcpt") return undefined
  const to = pathText(request.recipient.path)
  if (to.startsWith("never")) return no(550)
  return to.startsWith("later") ? no(450) : undefined
}

const international = (path: Path): boolean => path.kind === "mailbox" && path.international

test("hands every message over octet for octet, with its envelope, whatever is offered and however it is cut", () => {
  fc.assert(
    fc.property(
      fc.array(mail, { maxLength: 5 }),
      fc.subarray(["PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE", "REQUIRETLS", "LIMITS"]),
      fc.constantFrom("never" as const, "wanted" as const, "required" as const),
      fc.infiniteStream(fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1, max: 200 }))),
      (mails, without, tls, lengths) => {
        const pieceLength = (): number => lengths.next().value ?? 1
        const { arrived, outcomes, end, faults } = join({
          mails,
          options: { tls },
          without,
          refusal,
          pieceLength,
        })
        assert.equal(end, "quit")
        assert.equal(outcomes.length, mails.length)
        const expected = mails.map(one => expectedOf(one, without, tls !== "never"))
        assert.deepEqual(
          outcomes.map(each => each.map(outcomeText)),
          expected.map(each => each.outcomes),
        )
        const shouldArrive = expected.flatMap(({ mail: each }) => each ?? [])
        assert.deepEqual(
          arrived.map(envelopeView),
          shouldArrive.map(({ envelope }) => envelopeView(envelope)),
        )
        for (const [at, { text }] of arrived.entries())
          assert.ok(text.equals(withLineEnd(shouldArrive[at]?.text ?? Buffer.alloc(0))), "the text differs")
        // A group that goes on after a refusal is answered 503, and nothing else is ever complained of.
        assert.deepEqual(
          faults.filter(fault => fault !== "order"),
          [],
        )
      },
    ),
    { numRuns: 600 },
  )
})

type Mail = typeof mail extends fc.Arbitrary<infer Value> ? Value : never

/** What has to come of a mail, from the rules above alone. */
function expectedOf({ envelope, text }: Mail, without: readonly string[], secure: boolean) {
  const { sender, recipients } = envelope
  const smtputf8 = international(sender.path) || recipients.some(({ path }) => international(path))
  const all = (outcome: string) => ({ outcomes: recipients.map(() => outcome), mail: undefined })
  if (sender.requireTls && !secure) return all("impossible needs-verified-tls 5.7.30")
  if (sender.requireTls && without.includes("REQUIRETLS")) return all("impossible needs-requiretls 5.7.30")
  const isPlain = without.includes("SMTPUTF8")
  const onlyAbroad = recipients.every(({ path }) => international(path))
  if (isPlain && (international(sender.path) || onlyAbroad)) return all("impossible needs-smtputf8 5.6.7")
  if (sender.body === "8BITMIME" && without.includes("8BITMIME"))
    return all("impossible needs-8bitmime 5.6.3")
  const isRefused = pathText(sender.path).startsWith("refused")
  const outcomes = recipients.map(({ path }) => {
    const to = pathText(path)
    if (isPlain && international(path)) return "impossible needs-smtputf8 5.6.7"
    if (isRefused) return "refused mail 550 5.1.1"
    if (to.startsWith("never")) return "refused rcpt 550 5.1.1"
    return to.startsWith("later") ? "put off rcpt 450 4.2.1" : "accepted 250"
  })
  const dsn = !without.includes("DSN")
  const { size, ret, envid, ...rest } = sender
  const arrives = {
    text,
    envelope: {
      sender: {
        ...rest,
        smtputf8: smtputf8 && !isPlain,
        ...(size !== undefined && !without.includes("SIZE") ? { size } : {}),
        ...(dsn && ret !== undefined ? { ret } : {}),
        ...(dsn && envid !== undefined ? { envid } : {}),
      },
      recipients: recipients
        .filter((_, at) => outcomes[at] === "accepted 250")
        .map(({ path, ...asks }) => ({ path, ...(dsn ? asks : {}) })),
    },
  }
  return { outcomes, mail: outcomes.includes("accepted 250") ? arrives : undefined }
}

function withLineEnd(text: Buffer): Buffer {
  const ends = text.length === 0 || text.subarray(-2).equals(Buffer.from("\r\n"))
  return ends ? text : Buffer.concat([text, Buffer.from("\r\n")])
}

test("hands over a message of many pieces by DATA and by BDAT", () => {
  const text = Buffer.from(`.${"x\xe9".repeat(40)}\r\n`.repeat(30_000), "latin1")
  for (const without of [[], ["CHUNKING"], ["PIPELINING"], ["PIPELINING", "CHUNKING"]]) {
    const { arrived, outcomes } = join({
      mails: [{ text, envelope: envelopeOf("a@us.test", ["yes@far.test"]) }],
      options: {},
      without,
      refusal,
      pieceLength: () => 65_536,
    })
    assert.deepEqual(outcomes.flat().map(outcomeText), ["accepted 250"])
    assert.ok(arrived[0]?.text.equals(text), without.join(" "))
  }
})

test("an international recipient keeps the message from nobody else where SMTPUTF8 is not offered", () => {
  const { arrived, outcomes } = join({
    mails: [
      {
        text: Buffer.from("x\r\n"),
        envelope: envelopeOf("a@us.test", ["jörg@far.test", "yes@far.test", "yes.too@far.test"]),
      },
    ],
    options: {},
    limits: { recipients: 1 },
    without: ["SMTPUTF8"],
    refusal,
    pieceLength: () => 1_000,
  })
  assert.deepEqual(outcomes.flat().map(outcomeText), [
    "impossible needs-smtputf8 5.6.7",
    "accepted 250",
    "left over",
  ])
  assert.deepEqual(
    arrived.map(({ sender, recipients }) => [sender.smtputf8, recipients.length]),
    [[false, 1]],
  )
})

test("hears that a message is too big, from SIZE and from the verdict", () => {
  const text = Buffer.from("x\r\n".repeat(100))
  const sent = (size: number | undefined, without: readonly string[]) =>
    join({
      mails: [
        { text, envelope: envelopeOf("a@us.test", ["yes@far.test"], size === undefined ? {} : { size }) },
        { text: Buffer.from("y\r\n"), envelope: envelopeOf("a@us.test", ["yes@far.test"]) },
      ],
      options: {},
      limits: { messageBytes: 200 },
      without,
      refusal,
      pieceLength: () => 50,
    }).outcomes.map(each => each.map(outcomeText).join())
  assert.deepEqual(sent(300, []), ["impossible too-big 5.3.4", "accepted 250"])
  assert.deepEqual(sent(undefined, ["CHUNKING"]), ["refused message-end 552 5.3.4", "accepted 250"])
  assert.deepEqual(sent(undefined, []), ["refused chunk 552 5.3.4", "accepted 250"])
  assert.deepEqual(sent(undefined, ["PIPELINING"]), ["refused chunk 552 5.3.4", "accepted 250"])
})

test("keeps to the number of recipients and messages that LIMITS names", () => {
  const envelope = envelopeOf("a@us.test", ["yes@far.test", "yes.too@far.test", "yes@far.test"])
  const { arrived, outcomes, end } = join({
    mails: [1, 2, 3].map(() => ({ text: Buffer.from("x\r\n"), envelope })),
    options: {},
    limits: { recipients: 2, transactions: 2 },
    without: [],
    refusal,
    pieceLength: () => 1_000,
  })
  assert.equal(end, "quit")
  assert.deepEqual(
    outcomes.map(each => each.map(outcomeText)),
    [1, 2].map(() => ["accepted 250", "accepted 250", "left over"]),
  )
  assert.deepEqual(
    arrived.map(({ recipients }) => recipients.length),
    [2, 2],
  )
})
