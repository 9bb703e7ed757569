import assert from "node:assert/strict"
import { test } from "node:test"
import { createTurnstile } from "./turnstile.ts"

test("lets so many in, has so many wait, and turns the rest away", async () => {
  const turnstile = createTurnstile(2, 1)
  const finish: (() => void)[] = []
  const work = () => new Promise<string>(resolve => finish.push(() => resolve("done")))
  const passes = [1, 2, 3, 4].map(() => turnstile.pass(work))
  assert.equal(await passes[3], undefined)
  assert.equal(finish.length, 2)
  finish[0]?.()
  assert.equal(await passes[0], "done")
  await new Promise(setImmediate)
  assert.equal(finish.length, 3)
  finish[1]?.()
  finish[2]?.()
  assert.deepEqual(await Promise.all(passes.slice(0, 3)), ["done", "done", "done"])
})

test("lets go of whoever waits no longer, and gives its place in line to another", async () => {
  const turnstile = createTurnstile(1, 1)
  const leave = new AbortController()
  const first = Promise.withResolvers<string>()
  const inside = turnstile.pass(() => first.promise)
  const waiting = turnstile.pass(async () => assert.fail("it has gone"), leave.signal)
  assert.equal(await turnstile.pass(async () => "no room"), undefined)
  leave.abort()
  assert.equal(await waiting, undefined)
  const next = turnstile.pass(async () => "next")
  first.resolve("first")
  assert.deepEqual(await Promise.all([inside, next]), ["first", "next"])
  assert.equal(await turnstile.pass(async () => assert.fail("it came too late"), leave.signal), undefined)
})

test("gives the place back where the work fails", async () => {
  const turnstile = createTurnstile(1, 0)
  await assert.rejects(turnstile.pass(() => Promise.reject(new Error("no"))))
  assert.equal(await turnstile.pass(async () => "in"), "in")
})
