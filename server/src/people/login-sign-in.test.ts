import assert from "node:assert/strict"
import { test } from "node:test"
import { ipAddress } from "../privacy/index.ts"
import { addPerson, openTestPeople, password } from "./open-test-people.ts"
import { type SaslAnswer, type SaslChannel, saslMechanisms, signInBySasl } from "./sasl-sign-in.ts"

const name = Buffer.from("ann@example.org")
const right = Buffer.from(password)

/** A client that says `answers`, one for each challenge, and writes down what it was asked. */
function channel(answers: readonly SaslAnswer[], rest: Partial<SaslChannel> = {}) {
  const left = [...answers]
  const asked: string[] = []
  const made: SaslChannel = {
    protocol: "submission",
    source: ipAddress("192.0.2.1"),
    tls: undefined,
    passwords: true,
    ask: async challenge => {
      asked.push(challenge.toString())
      return left.shift() ?? "given-up"
    },
    ...rest,
  }
  return { made, asked }
}

test("signs in by LOGIN, asking for name and secret, or for the secret alone where the name came first", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  for (const [initial, answers, challenges] of [
    [undefined, [name, right], ["Username:", "Password:"]],
    [name, [right], ["Password:"]],
  ] as const) {
    const { made, asked } = channel(answers)
    const done = await signInBySasl(people, made, "LOGIN", initial)
    assert.equal(done.kind, "signed-in")
    assert.deepEqual(asked, challenges)
  }
})

test("tells a wrong secret, a word that is none, and a client that gives up apart", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  for (const [answers, kind] of [
    [[name, Buffer.from("wrong wrong wrong")], "refused"],
    [[name], "given-up"],
    [[], "given-up"],
    [["malformed"], "malformed"],
    [[name, "malformed"], "malformed"],
    [[Buffer.alloc(0)], "malformed"],
    [[name, Buffer.from("a\0b")], "malformed"],
  ] as const) {
    const done = await signInBySasl(people, channel(answers).made, "LOGIN", undefined)
    assert.equal(done.kind, kind)
  }
  assert.equal(people.liveSessions(), 0)
})

test("takes LOGIN to send alone, and where passwords may be shown", async t => {
  const { people } = await openTestPeople(t)
  await addPerson(people)
  const reading = channel([name, right], { protocol: "imap" })
  assert.equal((await signInBySasl(people, reading.made, "LOGIN", undefined)).kind, "no-such-mechanism")
  const open = channel([name, right], { passwords: false })
  assert.equal((await signInBySasl(people, open.made, "LOGIN", undefined)).kind, "tls-first")
  assert.deepEqual([...reading.asked, ...open.asked], [])
  assert.deepEqual(saslMechanisms(reading.made), ["PLAIN"])
  assert.deepEqual(saslMechanisms(open.made), [])
  assert.deepEqual(saslMechanisms(channel([]).made), ["PLAIN", "LOGIN"])
})
