import assert from "node:assert/strict"
import { test } from "node:test"
import { certificateFor, selfSignedFor } from "../../ports/network/test-certificates.ts"
import type { Script } from "./fixtures/far-side.ts"
import { brief, farSide, mailTo, openTestHandOver, someTurns } from "./open-test-hand-over.ts"

/** Two servers of one domain: what the first says decides whether the second is asked (RFC 5321 §5.1). */
const good = certificateFor(["first.far.test", "second.far.test"])

const says =
  (step: string, answer: string): NonNullable<Script["answer"]> =>
  line =>
    line.startsWith(step) ? answer : undefined

const enforced = {
  of: async () => ({
    policy: { mode: "enforce", mx: ["*.far.test"], maxAge: 86_400 } as const,
    lines: ["mode: enforce"],
  }),
}

interface Case {
  readonly name: string
  readonly first: Script
  readonly underPolicy?: true
}

const goesOn: readonly Case[] = [
  { name: "says 421 in its greeting", first: { answer: says("greeting", "421 4.3.2 busy") } },
  { name: "says 554 in its greeting", first: { answer: says("greeting", "554 5.7.1 not you") } },
  { name: "hangs up instead of a greeting", first: { answer: says("greeting", "close") } },
  { name: "greets in no words of SMTP", first: { answer: says("greeting", "hello, stranger") } },
  { name: "says 421 to EHLO", first: { answer: says("EHLO", "421 4.3.2 busy") } },
  { name: "says 554 to EHLO", first: { answer: says("EHLO", "554 5.7.1 not you") } },
  {
    name: "refuses both EHLO and HELO",
    first: { answer: line => (/^(EHLO|HELO)/.test(line) ? "550 5.7.1 not you" : undefined) },
  },
  { name: "hangs up at EHLO", first: { answer: says("EHLO", "close") } },
  { name: "offers no TLS where a policy asks for it", first: {}, underPolicy: true },
  {
    name: "refuses STARTTLS where a policy asks for it",
    first: { tls: good.context, answer: says("STARTTLS", "454 4.7.0 not now") },
    underPolicy: true,
  },
  {
    name: "hangs up in the handshake where a policy asks for TLS",
    first: { tls: good.context, answer: says("STARTTLS", "close") },
    underPolicy: true,
  },
  {
    name: "shows a certificate of nobody known where a policy asks for one",
    first: { tls: selfSignedFor("first.far.test").context },
    underPolicy: true,
  },
]

const tableOf = (first: string, second: string) => ({
  "far.test": {
    mx: [
      { preference: 10, exchange: "first.far.test" },
      { preference: 20, exchange: "second.far.test" },
    ],
  },
  "first.far.test": { a: [first] },
  "second.far.test": { a: [second] },
})

for (const { name, first, underPolicy } of goesOn)
  test(`goes on to the next server where the first ${name}`, async t => {
    const one = await farSide(t, first)
    const other = await farSide(t, { tls: good.context }, { ip: "127.0.0.2", port: one.port })
    const { send } = await openTestHandOver(t, {
      table: tableOf(one.ip, other.ip),
      port: one.port,
      parts: underPolicy ? { policies: enforced } : {},
    })
    const [tried] = await send(mailTo("bob@far.test"))
    assert.equal(brief(tried), "handed-over 250")
    assert.equal(tried?.kind === "handed-over" && tried.by.host, "second.far.test")
    assert.deepEqual([one.mails.length, other.mails.length], [0, 1])
  })

test("goes on to the next server where the first is silent for as long as it may be", async t => {
  const one = await farSide(t, { answer: says("EHLO", "stall") })
  const other = await farSide(t, {}, { ip: "127.0.0.2", port: one.port })
  const { send, pass } = await openTestHandOver(t, {
    table: tableOf(one.ip, other.ip),
    port: one.port,
  })
  const sending = send(mailTo("bob@far.test"))
  await one.stalled
  await someTurns()
  pass(300_000)
  assert.deepEqual((await sending).map(brief), ["handed-over 250"])
  assert.equal(other.mails.length, 1)
})

for (const [step, answer, expected] of [
  ["MAIL", "451 4.3.0 later", "not-now refused 451"],
  ["MAIL", "550 5.7.1 not from you", "never refused 550"],
  ["RCPT", "450 4.2.1 later", "not-now refused 450"],
  ["RCPT", "550 5.1.1 nobody", "never refused 550"],
  [".", "554 5.7.1 spam", "never refused 554"],
  [".", "close", "not-now connection-lost"],
] as const)
  test(`asks nobody else once the first has answered for the mail: ${answer} to ${step}`, async t => {
    const one = await farSide(t, { answer: says(step, answer) })
    const other = await farSide(t, {}, { ip: "127.0.0.2", port: one.port })
    const { send } = await openTestHandOver(t, { table: tableOf(one.ip, other.ip), port: one.port })
    assert.deepEqual((await send(mailTo("bob@far.test"))).map(brief), [expected])
    assert.equal(other.connections, 0)
  })
