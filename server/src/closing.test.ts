import assert from "node:assert/strict"
import { test } from "node:test"
import { createClosing } from "./closing.ts"
import { recordingLog } from "./ports/log.ts"

test("closes in the opposite order, one after the other, and past a step that fails", async () => {
  const log = recordingLog()
  const closing = createClosing(log)
  const closed: string[] = []
  closing.add(async () => void closed.push("first opened"))
  closing.add(() => {
    throw new Error("stuck")
  })
  closing.add(async () => {
    await new Promise(resolve => setImmediate(resolve))
    closed.push("last opened")
  })
  await closing.close()
  await closing.close()
  assert.deepEqual(closed, ["last opened", "first opened"])
  assert.deepEqual(
    log.events.map(event => event.name),
    ["task.failed"],
  )
})
