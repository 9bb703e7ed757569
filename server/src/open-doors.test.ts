import assert from "node:assert/strict"
import { test } from "node:test"
import { startServer } from "../../fixtures/server.ts"

test("/readyz names the database from its kill -9 on, and is ready again when it is back", async t => {
  const server = await startServer()
  t.after(() => server.stop())
  const ask = async () => {
    const response = await fetch(`http://${String(server.ready.http)}/readyz`)
    return { code: response.status, said: await response.json() }
  }
  const until = async (code: number) => {
    for (;;) {
      const answer = await ask()
      if (answer.code === code) return answer.said
    }
  }
  assert.equal((await ask()).code, 200)
  const down = until(503)
  await server.kill9("database")
  assert.deepEqual(await down, { status: "waiting", waitingFor: ["the database"] })
  assert.deepEqual(await until(200), { status: "ready", waitingFor: [] })
})
