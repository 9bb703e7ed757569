import assert from "node:assert/strict"
import { test } from "node:test"
import { atEnd } from "./at-end.ts"

test("what a test opened is closed after its own hooks, the last opened first", async t => {
  const closed: string[] = []
  await t.test("opens", inner => {
    atEnd(inner, () => closed.push("database"))
    atEnd(inner, async () => {
      await Promise.resolve()
      closed.push("store")
    })
    inner.after(() => closed.push("the test's own"))
  })
  assert.deepEqual(closed, ["the test's own", "store", "database"])
})
