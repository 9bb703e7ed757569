import assert from "node:assert/strict"
import { test } from "node:test"
import Fastify from "fastify"
import { signalSupport } from "../../privacy/index.ts"
import { readPrivacyControl, servePrivacyControl } from "./privacy-control.ts"

async function answers(headers: Record<string, string | string[]>): Promise<unknown> {
  const http = Fastify()
  readPrivacyControl(http)
  http.get("/", async request => ({ heard: request.privacyControl }))
  await http.listen({ host: "127.0.0.1", port: 0 })
  try {
    const address = http.server.address()
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    )
    const answer = await fetch(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`, {
      headers: new Headers(lines),
    })
    return await answer.json()
  } finally {
    await http.close()
  }
}

test("hears Global Privacy Control from the one value that says it", async () => {
  assert.deepEqual(await answers({ "sec-gpc": "1" }), { heard: true })
  assert.deepEqual(await answers({ "Sec-GPC": "1" }), { heard: true })
})

test("hears nothing in any other value, in two, or in none", async () => {
  for (const value of ["0", "true", "11", "1, 1", "1;q=1", '"1"', ""])
    assert.deepEqual(await answers({ "sec-gpc": value }), { heard: false }, value)
  assert.deepEqual(await answers({ "sec-gpc": ["1", "1"] }), { heard: false })
  assert.deepEqual(await answers({}), { heard: false })
})

test("says at its well-known address that it honours the signal, and since when", async () => {
  const http = Fastify()
  servePrivacyControl(http)
  const answer = await http.inject({ url: "/.well-known/gpc.json" })
  assert.equal(answer.headers["content-type"], "application/json; charset=utf-8")
  assert.deepEqual(answer.json(), { gpc: true, lastUpdate: signalSupport.since })
  assert.match(signalSupport.since, /^\d{4}-\d\d-\d\d$/)
  await http.close()
})
