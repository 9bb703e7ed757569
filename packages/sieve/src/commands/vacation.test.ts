// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Sieve's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { actionsOf, type Case, run, usualMessage } from "../../fixtures/running.ts"
import { traceText, type VacationAction, type VacationQuestion } from "../index.ts"

async function replyOf(script: string, given: Case = {}): Promise<VacationAction | undefined> {
  const requires = 'require ["vacation", "vacation-seconds", "variables"];'
  const actions = await actionsOf(`${requires} ${script}`, given)
  assert.equal(actions.at(-1)?.kind, "keep")
  return actions.find(action => action.kind === "vacation")
}

test("replies once a week with the words of the script, and the message is kept", async () => {
  const reply = await replyOf('vacation "Gone.";')
  assert.ok(reply !== undefined)
  const { at: _, handle, ...rest } = reply
  assert.match(handle, /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    kind: "vacation",
    to: "anna@shop.example",
    from: undefined,
    subject: "Auto: Grüße from the sale",
    body: "Gone.",
    mime: false,
    inReplyTo: "1@shop.example",
    references: ["1@shop.example"],
    seconds: 604_800,
  })
})

test("replies as the script says", async () => {
  const reply = await replyOf(
    'set "who" "Bob"; vacation :days 3 :subject "${who} is away" :from "bob@mail.example" :handle "summer" :mime "Content-Type: text/html\n\n<p>x";',
  )
  assert.equal(reply?.subject, "Bob is away")
  assert.equal(reply?.from, "bob@mail.example")
  assert.equal(reply?.handle, "summer")
  assert.equal(reply?.mime, true)
  assert.equal(reply?.seconds, 3 * 86_400)
})

for (const [tag, seconds] of [
  [":days 0", 86_400],
  [":days 9999", 365 * 86_400],
  [":seconds 0", 0],
  [":seconds 90", 90],
] as const) {
  test(`${tag} means ${seconds} seconds`, async () => {
    assert.equal((await replyOf(`vacation ${tag} "Gone.";`))?.seconds, seconds)
  })
}

test("asks whether a reply has gone, but not where each message is to have one", async () => {
  const questions: VacationQuestion[] = []
  const hasReplied = async (question: VacationQuestion) => questions.push(question) > 0
  assert.equal(await replyOf('vacation :handle "h" :days 2 "Gone.";', { world: { hasReplied } }), undefined)
  assert.deepEqual(questions, [{ handle: "h", to: "anna@shop.example", seconds: 2 * 86_400 }])
  assert.ok((await replyOf('vacation :seconds 0 "Gone.";', { world: { hasReplied } })) !== undefined)
  assert.equal(questions.length, 1)
})

test("takes replies with other words for other replies, and another time between them for the same", async () => {
  const handleOf = async (script: string) => (await replyOf(script))?.handle
  const first = await handleOf('vacation "Gone.";')
  assert.equal(await handleOf('vacation :days 30 :addresses "x@y.example" "Gone.";'), first)
  assert.notEqual(await handleOf('vacation "Back soon.";'), first)
  assert.notEqual(await handleOf('vacation :subject "x" "Gone.";'), first)
  // RFC 5230 §4.2: what variables hold does not make another reply of it.
  const script = 'set "a" "x"; vacation :subject "${a}" "Gone.";'
  assert.equal(await handleOf(script.replace('"x"', '"y"')), await handleOf(script))
})

const against: readonly (readonly [string, Case, RegExp])[] = [
  ["the null sender", { from: "" }, /no sender to reply to/],
  ["a sender that is no address", { from: "anna" }, /no address that mail can be sent to/],
  ["a delivery program", { from: "MAILER-DAEMON@far.example" }, /is a program/],
  ["a list's owner", { from: "owner-list@far.example" }, /is a program/],
  ["a list's requests", { from: "list-request@far.example" }, /is a program/],
  ["the reader", { from: "BOB+news@mail.example" }, /from the reader/],
  [
    "the reader's other address",
    { from: "b@own.example", world: { ownAddresses: ["b@own.example"] } },
    /from the reader/,
  ],
  ["a list", { message: `List-Id: <l.far.example>\n${usualMessage}` }, /mailing list/],
  [
    "a list that can be left",
    { message: `List-Unsubscribe: <mailto:x@far.example>\n${usualMessage}` },
    /mailing list/,
  ],
  ["mail in bulk", { message: `Precedence: Bulk\n${usualMessage}` }, /sent to many/],
  [
    "another automatic reply",
    { message: `Auto-Submitted: auto-replied; x=y\n${usualMessage}` },
    /by a program/,
  ],
  [
    "what asks for no reply",
    { message: `X-Auto-Response-Suppress: DR, OOF\n${usualMessage}` },
    /no automatic replies/,
  ],
  ["mail for somebody else", { to: "other@mail.example" }, /none of the reader's addresses/],
]

for (const [name, given, words] of against) {
  test(`does not reply to ${name}, and says so`, async () => {
    const outcome = await run('require "vacation"; vacation "Gone.";', given)
    assert.deepEqual(
      outcome.actions.map(action => action.kind),
      ["keep"],
    )
    assert.match(traceText(outcome.trace), words)
  })
}

test("replies to mail for an address that the script or the account names, and to what a person sent", async () => {
  const to = "other@mail.example"
  assert.ok(
    (await replyOf('vacation :addresses ["x@y.example", "Carol@mail.example"] "Gone.";', { to })) !==
      undefined,
  )
  const world = { ownAddresses: ["DAN@far.example"] }
  assert.ok((await replyOf('vacation "Gone.";', { to, world })) !== undefined)
  for (const value of ["no", "No; x=y", "no (really)"])
    assert.ok(
      (await replyOf('vacation "Gone.";', { message: `Auto-Submitted: ${value}\n${usualMessage}` })) !==
        undefined,
    )
})

test("a sender of the reply that is no address is left out, and said", async () => {
  const outcome = await run('require ["vacation", "variables"]; vacation :from "${none}" "Gone.";')
  const reply = outcome.actions.find(action => action.kind === "vacation")
  assert.ok(reply?.kind === "vacation" && reply.from === undefined)
  assert.match(traceText(outcome.trace), /"" is no address: the reply is from the account's own/)
})

test("a reply to a message without a subject or an identifier has none to repeat", async () => {
  const reply = await replyOf('vacation "Gone.";', { message: "To: bob+news@mail.example\n\nx" })
  assert.equal(reply?.subject, "Automated reply")
  assert.equal(reply?.inReplyTo, undefined)
  assert.deepEqual(reply?.references, [])
})

test("carries the thread on, and no line end into a subject", async () => {
  const message = `References: <a@x.example>\n <b@x.example>\n${usualMessage.replace(/^Subject:.*$/m, "Subject: =?utf-8?q?a=0D=0ABcc=3A_x?=")}`
  const reply = await replyOf('vacation "Gone.";', { message })
  assert.deepEqual(reply?.references, ["a@x.example", "b@x.example", "1@shop.example"])
  assert.equal(reply?.subject, "Auto: a Bcc: x")
})

for (const [script, words] of [
  ['vacation "a"; vacation "b";', /ran before/],
  ['vacation "a"; reject "b";', /not refused and answered/],
  ['reject "b"; vacation "a";', /not refused and answered/],
] as const) {
  test(`${script} fails, whether or not a reply is due`, async () => {
    for (const from of ["anna@shop.example", ""]) {
      const outcome = await run(`require ["vacation", "reject"]; ${script}`, { from })
      assert.ok(outcome.kind === "failed")
      assert.match(outcome.fault.text, words)
    }
  })
}
