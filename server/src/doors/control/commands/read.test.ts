import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { openTestHouse, password } from "../../../flow/open-test-house.ts"
import { mailAddress, secret } from "../../../privacy/index.ts"
import { startTelling } from "../../../telling/index.ts"
import { ControlError } from "../command.ts"
import { readCommands } from "./read.ts"

const letter = (subject: string) =>
  `From: Carla <carla@far.test>\r\nDate: Tue, 3 Nov 2026 04:05:06 +0000\r\nSubject: ${subject}\r\n\r\nGood day\r\n`

async function openRead(t: TestContext) {
  const house = await openTestHouse(t)
  const telling = await startTelling(house.store)
  t.after(() => telling.close())
  const [read] = readCommands({ ...house, telling })
  assert.ok(read)
  return { ...house, read }
}

/** A client that takes what comes; `next` waits for the next piece. */
function client() {
  const gone = new AbortController()
  const pieces: string[] = []
  let waiting: (() => void) | undefined
  return {
    leave: () => gone.abort(),
    async next(): Promise<string> {
      while (pieces.length === 0)
        await new Promise<void>(resolve => {
          waiting = resolve
        })
      return pieces.shift() ?? ""
    },
    call: {
      signal: gone.signal,
      progress: (text: string) => {
        pieces.push(text)
        waiting?.()
      },
      async bytes(chunk: Uint8Array) {
        pieces.push(Buffer.from(chunk).toString())
        waiting?.()
      },
    },
  }
}

const anna = { address: "anna@near.test", password }

test("lists mail after sign-in, and nothing without", async t => {
  const { read, deliver } = await openRead(t)
  const { call } = client()
  assert.equal((await read.run(anna, call)).text, "no mail yet")
  await deliver(letter("One"), "anna")
  const { text, value } = await read.run(anna, call)
  assert.match(text, /^INBOX {8}1 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}Carla <carla@far\.test>\n {16}One$/)
  assert.equal((value as { messages: unknown[] }).messages.length, 1)
  await assert.rejects(read.run({ ...anna, password: "wrong" }, call), ControlError)
  await assert.rejects(read.run({ address: anna.address }, call), ControlError)
})

test("shows nothing of a stranger's that moves a terminal's cursor or turns text about", async t => {
  const { read, deliver } = await openRead(t)
  await deliver(letter("=?utf-8?q?a=1B[2J=C2=9B31mb=E2=80=AEc=E2=81=A6d?="), "anna")
  const { text } = await read.run(anna, client().call)
  assert.match(text, /\n {16}a \[2J 31mbcd$/)
})

test("shows what comes from now on, until the client goes", async t => {
  const { read, deliver, store } = await openRead(t)
  await deliver(letter("Before"), "anna")
  const { call, next, leave } = client()
  const following = read.run({ ...anna, follow: true }, call)
  assert.match(await next(), /^waiting for mail/)
  await deliver(letter("After"), "anna", "ben")
  assert.match(await next(), /\n {16}After\n$/)
  // What was there and has changed since, as by a flag, does not come again.
  await store.sql`update membership set modseq = modseq + 1000`
  await deliver(letter("Again"), "anna")
  assert.match(await next(), /\n {16}Again\n$/)
  leave()
  await following
})

test("stops following when the password has changed", async t => {
  const { read, deliver, people } = await openRead(t)
  const { call, next } = client()
  const following = read.run({ ...anna, follow: true }, call)
  await next()
  const changed = await people.changePassword(
    mailAddress(anna.address),
    secret(password),
    secret("another long password"),
  )
  assert.equal(changed.kind, "changed")
  await deliver(letter("Secret"), "anna")
  await following
})
