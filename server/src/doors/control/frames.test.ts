import assert from "node:assert/strict"
import { test } from "node:test"
import { createFrameReader, encodeBytes, encodeJson, FrameError, frameLimit } from "./frames.ts"

const stream = Buffer.concat([
  encodeJson({ command: "status", arguments: {} }),
  encodeBytes(Buffer.from([0, 255, 10])),
  encodeJson({ kind: "done", text: "ö", value: [1] }),
])

test("reads back the same frames however the bytes are split", () => {
  const whole = createFrameReader()(stream)
  assert.equal(whole.length, 3)
  for (let at = 0; at <= stream.length; at++) {
    const read = createFrameReader()
    assert.deepEqual([...read(stream.subarray(0, at)), ...read(stream.subarray(at))], whole)
  }
})

test("refuses a frame that claims to be longer than the limit, empty, of unknown kind, or not JSON", () => {
  const claims = (length: number, rest: string) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(length)
    return Buffer.concat([head, Buffer.from(rest)])
  }
  assert.throws(() => createFrameReader()(claims(frameLimit + 1, "j")), FrameError)
  assert.throws(() => createFrameReader()(claims(0, "j")), FrameError)
  assert.throws(() => createFrameReader()(claims(2, "x1")), FrameError)
  assert.throws(() => createFrameReader()(claims(2, "j{")), FrameError)
  assert.throws(() => encodeBytes(Buffer.alloc(frameLimit)), RangeError)
})
