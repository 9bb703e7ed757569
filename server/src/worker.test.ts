import assert from "node:assert/strict"
import { test } from "node:test"
import { recordingLog, silentLog } from "./ports/log.ts"
import { manualTimer } from "./ports/timer.ts"
import { startWorker } from "./worker.ts"

/** A task whose runs end when the test says so. */
function slowTask(every: number) {
  const runs: PromiseWithResolvers<void>[] = []
  const run = (): Promise<void> => {
    const one = Promise.withResolvers<void>()
    runs.push(one)
    return one.promise
  }
  return { name: "slow", every, run, runs }
}

/** All that is ready to run has run. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test("runs each task at once, and again when its time has passed since the run before ended", async () => {
  const timer = manualTimer()
  const task = slowTask(1000)
  startWorker([task], timer, silentLog)
  assert.equal(task.runs.length, 1)
  timer.pass(5000)
  assert.equal(task.runs.length, 1, "no second run beside the first")
  task.runs[0]?.resolve()
  await settled()
  timer.pass(999)
  assert.equal(task.runs.length, 1)
  timer.pass(1)
  assert.equal(task.runs.length, 2)
})

test("logs a task that fails, tries it again, and runs the others", async () => {
  const timer = manualTimer()
  const log = recordingLog()
  const [failing, other] = [slowTask(1000), slowTask(1000)]
  startWorker([failing, other], timer, log)
  failing.runs[0]?.reject(new Error("no"))
  other.runs[0]?.resolve()
  await settled()
  assert.deepEqual(
    log.events.map(event => event.name),
    ["task.failed"],
  )
  timer.pass(1000)
  assert.deepEqual([failing.runs.length, other.runs.length], [2, 2])
})

test("stops after the run that is under way, and begins no other", async () => {
  const timer = manualTimer()
  const [running, resting] = [slowTask(1000), slowTask(1000)]
  const worker = startWorker([running, resting], timer, silentLog)
  resting.runs[0]?.resolve()
  await settled()
  let isStopped = false
  const stopping = worker.stop().then(() => {
    isStopped = true
  })
  await settled()
  assert.equal(isStopped, false)
  running.runs[0]?.resolve()
  await stopping
  assert.equal(timer.waiting, 0)
  timer.pass(10_000)
  assert.deepEqual([running.runs.length, resting.runs.length], [1, 1])
})
