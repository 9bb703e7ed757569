import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { openChallengeDoor } from "./acme-challenges.ts"

const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ"

async function openDoor(t: TestContext, http: (token: string) => Promise<string | undefined>) {
  const log = recordingLog()
  const door = await openChallengeDoor({ listen: { host: "127.0.0.1", port: 0 }, challenges: { http }, log })
  t.after(() => door.close())
  const ask = (path: string, init?: RequestInit) => fetch(`http://${door.address}${path}`, init)
  return { ask, log }
}

test("answers an authority that looks for a token, whatever it calls the server", async t => {
  const { ask } = await openDoor(t, async asked => (asked === token ? `${token}.thumb` : undefined))
  const answer = await ask(`/.well-known/acme-challenge/${token}`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get("content-type"), "application/octet-stream")
  assert.equal(await answer.text(), `${token}.thumb`)
})

test("has nothing else: no page, no other way, no sign of what it is", async t => {
  const { ask } = await openDoor(t, async () => undefined)
  for (const path of [
    "/",
    "/healthz",
    "/metrics",
    "/setup",
    `/.well-known/acme-challenge/${token}`,
    "/.well-known/x",
  ]) {
    const answer = await ask(path)
    assert.equal(answer.status, 404, path)
    assert.equal(await answer.text(), "Nothing is here.\n")
    assert.doesNotMatch([...answer.headers].join(), /letterkeep|fastify/i)
  }
  const body = "x".repeat(20_000)
  assert.ok((await ask("/", { method: "POST", body })).status >= 400)
})

test("says that something went wrong, and not what", async t => {
  const { ask, log } = await openDoor(t, async () => {
    throw new Error("the database is away")
  })
  const answer = await ask(`/.well-known/acme-challenge/${token}`)
  assert.equal(answer.status, 500)
  assert.equal(await answer.text(), "Something went wrong.\n")
  assert.ok(log.events.some(one => one.name === "http.failed"))
})
