import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { loginClient } from "./client/plain-client.ts"
import { loginChallenges, MAX_LOGIN_WORD, readLoginWord } from "./login.ts"

test("reads what our own client answers to the two challenges", async () => {
  const client = loginClient({ name: "anna@example.org", secret: "pass wörd" })
  const said: unknown[] = []
  for (const challenge of [loginChallenges.name, loginChallenges.secret]) {
    const answer = await client.respond(challenge)
    assert.ok(answer)
    said.push(readLoginWord(answer))
  }
  assert.deepEqual(said, [
    { kind: "word", text: "anna@example.org" },
    { kind: "word", text: "pass wörd" },
  ])
  assert.ok(client.complete)
})

test("refuses what is empty, too long, not UTF-8, or has a NUL", () => {
  for (const bad of ["", "a\0b", "\0", "x".repeat(MAX_LOGIN_WORD + 1)]) {
    assert.equal(readLoginWord(Buffer.from(bad)).kind, "malformed", bad)
  }
  assert.equal(readLoginWord(Buffer.from("fc", "hex")).kind, "malformed")
  assert.equal(readLoginWord(Buffer.from("x".repeat(MAX_LOGIN_WORD))).kind, "word")
})

test("gives back any text, and throws at no octets", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), text => {
      const read = readLoginWord(Buffer.from(text, "utf8"))
      if (text.includes("\0")) assert.equal(read.kind, "malformed")
      else assert.deepEqual(read, { kind: "word", text })
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => void readLoginWord(bytes)))
})
