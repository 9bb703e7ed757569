import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { recordingLog } from "../ports/log.ts"
import { watchRoom } from "./room.ts"

function setUp(t: TestContext, folder: string | undefined) {
  const disk = { free: 5000, now: 0 }
  const log = recordingLog()
  const room = watchRoom({
    folder,
    lowWaterBytes: 1000,
    clock: { now: () => disk.now },
    log,
    freeBytes: () => disk.free,
  })
  t.after(() => room.stop())
  return { disk, log, room }
}

test("there is room until the mark, and again from a tenth above it", t => {
  const { disk, log, room } = setUp(t, "/anywhere")
  assert.equal(room.now(), "enough")
  for (const [free, expected] of [
    [1000, "enough"],
    [999, "low"],
    [1050, "low"],
    [1100, "enough"],
  ] as const) {
    disk.free = free
    disk.now += 1000
    assert.equal(room.now(), expected, `${free} bytes free`)
  }
  assert.deepEqual(
    log.events.map(event => event.name),
    ["store.room-low", "store.room-enough"],
  )
})

test("the disk is looked at once a second at most", t => {
  const { disk, room } = setUp(t, "/anywhere")
  disk.free = 0
  disk.now += 999
  assert.equal(room.now(), "enough")
  disk.now += 1
  assert.equal(room.now(), "low")
})

test("a clock that jumps back does not stop the looking", t => {
  const { disk, room } = setUp(t, "/anywhere")
  disk.now -= 1_000_000
  disk.free = 0
  assert.equal(room.now(), "low")
})

test("a database that says that its disk is full has no room for a minute", t => {
  for (const folder of [undefined, "/anywhere"]) {
    const { disk, room } = setUp(t, folder)
    room.sawDiskFull()
    assert.equal(room.now(), "low")
    disk.now += 59_000
    assert.equal(room.now(), "low")
    disk.now += 1_000
    assert.equal(room.now(), "enough")
  }
})

test("a folder that has gone has no room, and does not end the process", t => {
  const room = watchRoom({
    folder: "/nowhere/at/all",
    lowWaterBytes: 1000,
    clock: { now: () => 0 },
    log: recordingLog(),
  })
  t.after(() => room.stop())
  assert.equal(room.now(), "low")
})
