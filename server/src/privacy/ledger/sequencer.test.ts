import assert from "node:assert/strict"
import { test } from "node:test"
import { recordingLog } from "../../ports/log.ts"
import { manualTimer } from "../../ports/timer.ts"
import type { Sequenced } from "./sequence.ts"
import { createSequencer, SPACING_MS } from "./sequencer.ts"

const nothing: Sequenced = { kind: "nothing", isFull: false }
const busy: Sequenced = { kind: "busy" }
const numbered = (isFull: boolean): Sequenced => ({
  kind: "numbered",
  head: { size: 1, root: Buffer.alloc(32) },
  events: 1,
  isFull,
  lag: 0,
})

function open(...outcomes: readonly (Sequenced | Error)[]) {
  const left = [...outcomes]
  const timer = manualTimer()
  const clock = { at: 1_000_000, now: () => clock.at }
  const log = recordingLog()
  let runs = 0
  const sequencer = createSequencer({
    async run() {
      runs++
      const outcome = left.shift() ?? nothing
      if (outcome instanceof Error) throw outcome
      return outcome
    },
    clock,
    timer,
    log,
  })
  return {
    sequencer,
    log,
    runs: () => runs,
    /** Lets time pass in small steps, and what it starts end. */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.at += 50
        timer.pass(50)
        await new Promise(resolve => setImmediate(resolve))
      }
    },
    waiting: () => timer.waiting,
  }
}

test("runs once for what came together, and rests when nothing waits", async () => {
  const { sequencer, pass, runs, waiting } = open(numbered(false))
  for (let event = 0; event < 5; event++) sequencer.wake()
  await pass(100)
  assert.equal(runs(), 1)
  assert.equal(waiting(), 0)
  assert.equal(sequencer.waitingFor(), 0)
  await pass(60_000)
  assert.equal(runs(), 1)
})

test("a full batch is followed by the next at once, and busy times by a run each second", async () => {
  const { sequencer, pass, runs } = open(numbered(true), numbered(true), numbered(false))
  sequencer.wake()
  await pass(300)
  assert.equal(runs(), 3)
  for (let step = 0; step < 100; step++) {
    sequencer.wake()
    await pass(100)
  }
  assert.ok(runs() >= 12 && runs() <= 14, `${runs()} runs in ten seconds`)
})

test("tries again each second after a failure or another node's work, and says since when something waits", async () => {
  const { sequencer, pass, runs, log } = open(new Error("the disk"), busy, busy)
  sequencer.wake()
  await pass(2_500)
  assert.equal(runs(), 3)
  assert.ok(sequencer.waitingFor() >= 2_400)
  assert.deepEqual(
    log.events.map(({ name }) => name),
    ["ledger.numbering-failed"],
  )
  await pass(SPACING_MS)
  assert.equal(runs(), 4)
  assert.equal(sequencer.waitingFor(), 0)
})

test("says once a minute that it fails, and at once when it fails again after it went well", async () => {
  const failing = Array.from({ length: 90 }, () => new Error("the disk"))
  const { sequencer, pass, log } = open(...failing, numbered(false), new Error("the disk"))
  sequencer.wake()
  await pass(89_000)
  assert.equal(log.events.length, 2)
  await pass(3_000)
  assert.equal(sequencer.waitingFor(), 0)
  sequencer.wake()
  await pass(2_000)
  assert.equal(log.events.length, 3)
})

test("what comes while it runs is not forgotten", async () => {
  const gate = Promise.withResolvers<void>()
  const timer = manualTimer()
  const clock = { at: 0, now: () => clock.at }
  let runs = 0
  const sequencer = createSequencer({
    async run() {
      if (runs++ === 0) await gate.promise
      return numbered(false)
    },
    clock,
    timer,
    log: recordingLog(),
  })
  sequencer.wake()
  timer.pass(50)
  sequencer.wake()
  clock.at = 400
  assert.equal(sequencer.waitingFor(), 400)
  gate.resolve()
  await new Promise(resolve => setImmediate(resolve))
  timer.pass(SPACING_MS)
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(runs, 2)
  assert.equal(sequencer.waitingFor(), 0)
})

test("begins nothing once it is closed", async () => {
  const { sequencer, pass, runs, waiting } = open()
  sequencer.wake()
  await sequencer.close()
  sequencer.wake()
  await pass(5_000)
  assert.equal(runs(), 0)
  assert.equal(waiting(), 0)
})
