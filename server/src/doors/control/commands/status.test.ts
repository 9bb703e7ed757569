import assert from "node:assert/strict"
import { test } from "node:test"
import { openTestHouse, password } from "../../../flow/open-test-house.ts"
import { mailAddress, secret } from "../../../privacy/index.ts"
import { statusCommands } from "./status.ts"

test("says nothing of anybody: no address, and sizes only where they are of many together", async t => {
  const { store, people, deliver } = await openTestHouse(t)
  await deliver("Subject: a secret\r\n\r\nx\r\n", "anna")
  const facts = { version: "0", startedAt: 0, now: () => 0, addresses: {}, roles: [], certificate: undefined }
  const register = { inForce: () => undefined }
  const [status] = statusCommands(store, register, facts)
  assert.ok(status)
  const call = {
    signal: new AbortController().signal,
    progress: () => undefined,
    bytes: async () => undefined,
  }
  const few = await status.run({}, call)
  assert.match(few.text, /^holds {5}the mail of 2 accounts in 1 domains$/m)
  assert.ok(!Object.hasOwn(few.value as object, "messages"))
  for (const name of ["cleo", "dan", "eve"])
    await people.addAccount(mailAddress(`${name}@near.test`), secret(password))
  const empty = await status.run({}, call)
  assert.match(empty.text, /^holds {5}the mail of 5 accounts/m, "accounts that hold nothing hide nobody")
  await store.owner`update mail_state set messages = greatest(messages, 1)`
  const many = await status.run({}, call)
  assert.match(many.text, /^holds {5}\d messages \(0\.0 MB\) of 5 accounts in 1 domains$/m)
  assert.doesNotMatch(JSON.stringify([few, many]), /anna|near\.test|secret/)
})
