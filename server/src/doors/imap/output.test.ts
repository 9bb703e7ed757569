import assert from "node:assert/strict"
import { test } from "node:test"
import { GoneError } from "./gone-error.ts"
import { Output } from "./output.ts"

function openOutput(unread: number) {
  const taken: (string | Buffer)[] = []
  const sink = { length: 0, write: (pieces: readonly (string | Buffer)[]) => void add(pieces) }
  const add = (pieces: readonly (string | Buffer)[]): void => {
    for (const piece of pieces) sink.length += piece.length
    taken.push(...pieces)
  }
  const state = { now: 0, overruns: 0 }
  const out = new Output(
    sink,
    unread,
    () => state.now,
    () => {
      state.overruns += 1
    },
  )
  return {
    out,
    state,
    said: () => taken.map(piece => (typeof piece === "string" ? piece : piece.toString("latin1"))).join(""),
    writes: () => taken.length,
    /** The system takes all that waits. */
    take(octets = sink.length) {
      sink.length -= octets
      out.moved()
    },
  }
}

test("gathers small pieces, and keeps their order with the large ones", () => {
  const { out, said, writes } = openOutput(1_000_000)
  for (let at = 0; at < 1_000; at += 1) out.write("* x\r\n")
  assert.equal(writes(), 0)
  out.write(Buffer.from("body"))
  out.write(")\r\n")
  out.flush()
  assert.equal(said(), `${"* x\r\n".repeat(1_000)}body)\r\n`)
  assert.equal(writes(), 3)
})

test("is full beyond its mark, and drained when half of it has been read", async () => {
  const { out, take } = openOutput(1_000)
  out.write("x".repeat(1_000))
  assert.equal(out.isFull, false)
  out.write("x")
  assert.equal(out.isFull, true)
  let drained = false
  const waiting = out.drained().then(() => {
    drained = true
  })
  take(400)
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(drained, false)
  take(200)
  await waiting
  assert.equal(drained, true)
})

test("ends the connection of a writer that never looks", () => {
  const { out, state } = openOutput(1_000)
  const piece = Buffer.alloc(1_048_576)
  for (let megabytes = 0; megabytes < 16; megabytes += 1) out.write(piece)
  assert.equal(state.overruns, 0)
  out.write(piece)
  assert.equal(state.overruns, 1)
  out.write(piece)
  assert.equal(state.overruns, 1)
})

test("tells who waits that the client has gone, and writes nothing more", async () => {
  const { out, said } = openOutput(1)
  out.write("xx")
  const waiting = assert.rejects(out.drained(), GoneError)
  out.close()
  await waiting
  await assert.rejects(out.drained(), GoneError)
  out.write("yy")
  out.flush()
  assert.equal(said(), "xx")
})

test("is stalled when nothing is taken for long, and not while the client takes something or has all", () => {
  const { out, state, take } = openOutput(1_000)
  state.now = 100_000
  assert.equal(out.isStalled(60_000), false)
  out.write("xxxx")
  out.flush()
  state.now += 50_000
  assert.equal(out.isStalled(60_000), false)
  take(1)
  state.now += 50_000
  assert.equal(out.isStalled(60_000), false)
  state.now += 50_000
  assert.equal(out.isStalled(60_000), true)
  take()
  assert.equal(out.isStalled(60_000), false)
})
