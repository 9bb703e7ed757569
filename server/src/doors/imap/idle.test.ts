import assert from "node:assert/strict"
import { test } from "node:test"
import { type AccountId, asId } from "../../store/ids.ts"
import { until } from "../entrance/fixtures/until.ts"
import type { Client } from "./fixtures/client.ts"
import { openDoor } from "./fixtures/open-door.ts"

const anna = asId<AccountId>(1)

test("IDLE tells what is new at once, again and again, until DONE", async context => {
  const { enter, selecting, change } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  client.write("a IDLE\r\n")
  assert.match((await client.line()) ?? "", /^\+ /)
  for (const news of ["* 1 EXISTS", "* 2 EXISTS", "* 1 EXPUNGE"]) {
    selecting.news = `${news}\r\n`
    change(anna)
    assert.equal(await client.line(), news)
  }
  assert.ok(selecting.asked.every(how => how.expunges && how.look))
  client.write("DONE\r\nb NOOP\r\n")
  assert.equal(await client.line(), "a OK Done")
  assert.equal(await client.line(), "b OK Done")
})

test("IDLE tells at its begin what came before it", async context => {
  const { enter, selecting } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  selecting.news = "* 9 EXISTS\r\n"
  client.write("a IDLE\r\n")
  assert.match((await client.line()) ?? "", /^\+ /)
  assert.equal(await client.line(), "* 9 EXISTS")
})

test("misses nothing that changes while it tells", async context => {
  const { enter, selecting, change } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  client.write("a IDLE\r\n")
  await client.line()
  selecting.news = "* 1 EXISTS\r\n"
  change(anna)
  change(anna)
  assert.equal(await client.line(), "* 1 EXISTS")
  selecting.news = "* 2 EXISTS\r\n"
  change(anna)
  assert.equal(await client.line(), "* 2 EXISTS")
})

test("IDLE without an open mailbox waits for DONE; another line ends it as a mistake", async context => {
  const { enter, change } = await openDoor(context)
  const client = await enter()
  client.write("a IDLE\r\n")
  await client.line()
  change(anna)
  client.write("done\r\n")
  assert.equal(await client.line(), "a OK Done")
  client.write("b IDLE\r\n")
  await client.line()
  client.write("c NOOP\r\n")
  assert.match((await client.line()) ?? "", /^b BAD IDLE ends with DONE/)
  client.write("d IDLE\r\n")
  await client.line()
  client.write("x".repeat(100))
  assert.match((await client.line()) ?? "", /^\* BYE The line is too long/)
})

test("says a word from time to time, and BYE after half an hour", async context => {
  const { enter, time } = await openDoor(context)
  const client = await enter()
  client.write("a IDLE\r\n")
  await client.line()
  for (let minutes = 2; minutes <= 28; minutes += 2) {
    await until(() => time.delays().length === 1)
    time.pass(120_000)
    assert.equal(await client.line(), "* OK Still here")
  }
  await until(() => time.delays().length === 1)
  time.pass(240_000)
  let line = await client.line()
  while (line === "* OK Still here") line = await client.line()
  assert.match(line ?? "", /^\* BYE Nothing was heard for too long/)
  await client.closed
})

for (const [what, goes] of [
  ["says too much", (client: Client) => client.write("x".repeat(100))],
  ["goes", (client: Client) => client.reset()],
] as const)
  test(`a client that ${what} while its IDLE asks for news ends nothing but its own connection`, async context => {
    const { enter, selecting, log } = await openDoor(context)
    const client = await enter()
    await client.say("SELECT INBOX")
    const { promise, resolve } = Promise.withResolvers<void>()
    selecting.asking = promise
    client.write("a IDLE\r\n")
    await until(() => selecting.asked.length === 1)
    goes(client)
    let turns = 0
    await until(() => ++turns > 500)
    resolve()
    await client.closed
    await until(() => log.events.some(({ name }) => name === "imap.closed"))
    assert.match(await (await enter()).answer("NOOP"), /^OK/)
  })

test("tells nobody of another account's changes", async context => {
  const { enter, selecting, change } = await openDoor(context)
  const client = await enter()
  await client.say("SELECT INBOX")
  client.write("a IDLE\r\n")
  await client.line()
  await until(() => selecting.asked.length === 1)
  change(asId<AccountId>(99))
  client.write("DONE\r\n")
  assert.equal(await client.line(), "a OK Done")
  assert.equal(selecting.asked.length, 2, "once as it began, once with the answer")
})
