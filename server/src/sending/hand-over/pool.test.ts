import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { manualTimer } from "../../ports/timer.ts"
import {
  type Acquired,
  createPool,
  firstRest,
  idleMs,
  type Lease,
  longestRest,
  modestMs,
  type Open,
  type PoolLimits,
} from "./pool.ts"
import type { Failed } from "./tried.ts"

interface Fake {
  readonly destination: string
  end(): void
  isOver: boolean
}

const unreachable: Failed = { kind: "not-now", why: "unreachable" }
const { signal } = new AbortController()

/** Destinations whose sessions the test opens, refuses and ends; nothing waits for a real clock. */
function openPool(limits: PoolLimits = { perDestination: 3, inAll: 10 }) {
  const timer = manualTimer()
  let now = 0
  const broken: unknown[] = []
  const pool = createPool<Fake>({
    clock: { now: () => now },
    timer,
    limits,
    onBroken: error => broken.push(error),
  })
  const answers: { destination: string; succeed(): Fake; fail(why?: Failed): void; break(): void }[] = []
  let automatic = false
  const open =
    (destination: string): Open<Fake> =>
    () => {
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Open<Fake>>>>()
      const succeed = (): Fake => {
        const ended = Promise.withResolvers<void>()
        const session: Fake = {
          destination,
          isOver: false,
          end() {
            session.isOver = true
            ended.resolve()
          },
        }
        resolve({ kind: "opened", opened: { session, ended: ended.promise, goodbye: () => session.end() } })
        return session
      }
      const fail = (failed = unreachable): void => resolve({ kind: "failed", failed })
      if (automatic) succeed()
      else answers.push({ destination, succeed, fail, break: () => reject(new Error("ours")) })
      return promise
    }
  return {
    pool,
    answers,
    broken,
    acquire: (destination = "a.test", by = signal) => pool.acquire(destination, open(destination), by),
    pass(ms: number) {
      now += ms
      timer.pass(ms)
    },
    automatic() {
      automatic = true
    },
  }
}

const settled = () => new Promise(setImmediate)
function leaseOf(acquired: Acquired<Fake>): Lease<Fake> {
  if (acquired.kind !== "session") assert.fail(acquired.kind)
  return acquired.lease
}

test("a thousand mails to a dead domain cost one try, and none until it has rested", async () => {
  const { acquire, answers, pass } = openPool()
  const waiting = Array.from({ length: 1_000 }, () => acquire())
  await settled()
  assert.equal(answers.length, 1)
  answers[0]?.fail()
  const all = await Promise.all(waiting)
  assert.ok(all.every(one => one.kind === "failed" && one.failed === unreachable))
  assert.equal((await acquire()).kind, "failed")
  pass(firstRest - 1)
  assert.equal((await acquire()).kind, "failed")
  assert.equal(answers.length, 1)
  pass(1)
  void acquire()
  await settled()
  assert.equal(answers.length, 2)
})

test("rests longer each time, up to an hour, and not at all once it worked", async () => {
  const { acquire, answers, pass } = openPool()
  let rest = firstRest
  for (let tries = 1; tries <= 8; tries += 1) {
    const waiting = acquire()
    await settled()
    assert.equal(answers.length, tries)
    answers.at(-1)?.fail()
    await waiting
    pass(rest - 1)
    assert.equal((await acquire()).kind, "failed")
    pass(1)
    rest = Math.min(rest * 2, longestRest)
  }
  assert.equal(rest, longestRest)
  const working = acquire()
  await settled()
  const session = answers.at(-1)?.succeed()
  leaseOf(await working).giveBack()
  session?.end()
  await settled()
  const failing = acquire()
  await settled()
  answers.at(-1)?.fail()
  await failing
  pass(firstRest)
  void acquire()
  await settled()
  assert.equal(answers.length, 11)
})

test("does not count against a destination what is for good, or our own trouble", async () => {
  for (const failed of [
    { kind: "never", why: "null-mx" } as const,
    { kind: "not-now", why: "trouble-here" } as const,
  ]) {
    const { acquire, answers, pass } = openPool()
    for (let tries = 1; tries <= 3; tries += 1) {
      const waiting = acquire()
      await settled()
      assert.equal(answers.length, tries)
      answers.at(-1)?.fail(failed)
      await waiting
      pass(firstRest)
    }
  }
})

test("opens more once the first works, as many as wait and may be", async () => {
  const { acquire, answers } = openPool({ perDestination: 3, inAll: 10 })
  const waiting = [acquire(), acquire(), acquire(), acquire(), acquire()]
  await settled()
  assert.equal(answers.length, 1)
  const first = answers[0]?.succeed()
  await settled()
  assert.equal(answers.length, 3)
  const lease = leaseOf(await (waiting[0] ?? assert.fail()))
  assert.equal(lease.session, first)
  assert.equal(lease.reused, false)
  lease.giveBack()
  const next = leaseOf(await (waiting[1] ?? assert.fail()))
  assert.equal(next.session, first)
  assert.equal(next.reused, true)
})

test("keeps to what a destination bears for a while, where it refuses more", async () => {
  const { acquire, answers, pass } = openPool({ perDestination: 5, inAll: 10 })
  const waiting = [acquire(), acquire(), acquire()]
  await settled()
  answers[0]?.succeed()
  await settled()
  answers[1]?.fail({ kind: "not-now", why: "refused" })
  answers[2]?.fail({ kind: "not-now", why: "refused" })
  const first = leaseOf(await (waiting[0] ?? assert.fail()))
  await settled()
  assert.equal(answers.length, 3)
  first.giveBack()
  const second = leaseOf(await (waiting[1] ?? assert.fail()))
  pass(modestMs)
  void acquire()
  await settled()
  assert.equal(answers.length, 5)
  second.giveBack()
})

test("a destination whose sessions end one after another without work done rests, though others are there", async () => {
  const { acquire, automatic } = openPool({ perDestination: 3, inAll: 10 })
  automatic()
  const leases: Lease<Fake>[] = []
  let failed = 0
  const line = Array.from({ length: 20 }, async () => {
    const acquired = await acquire()
    if (acquired.kind === "session") leases.push(acquired.lease)
    else failed += 1
  })
  await settled()
  assert.equal(leases.length, 3)
  for (let ends = 1; ends <= 3; ends += 1) {
    assert.equal(failed, 0)
    leases.shift()?.drop(unreachable)
    await settled()
  }
  assert.equal(failed, 15)
  await Promise.all(line)
  assert.equal((await acquire()).kind, "failed")
  leases.shift()?.giveBack()
  leaseOf(await acquire())
})

test("a session without work ends after ten seconds, or when it goes by itself", async () => {
  const { acquire, pass, automatic, pool } = openPool()
  automatic()
  const one = leaseOf(await acquire())
  one.giveBack()
  pass(idleMs - 1)
  const same = leaseOf(await acquire())
  assert.equal(same.session, one.session)
  same.giveBack()
  pass(idleMs)
  assert.equal(one.session.isOver, true)
  const other = leaseOf(await acquire())
  assert.notEqual(other.session, one.session)
  other.giveBack()
  other.session.end()
  await settled()
  assert.equal(pool.size, 0)
  const working = leaseOf(await acquire())
  working.session.end()
  await settled()
  working.giveBack()
  assert.equal(pool.size, 0)
})

test("who leaves the line is not served, and the next one is", async () => {
  const { acquire, answers } = openPool({ perDestination: 1, inAll: 1 })
  const stop = new AbortController()
  const first = acquire()
  const second = acquire("a.test", stop.signal)
  const third = acquire()
  stop.abort()
  assert.deepEqual(await second, { kind: "withdrawn" })
  assert.deepEqual(await acquire("a.test", stop.signal), { kind: "withdrawn" })
  answers[0]?.succeed()
  leaseOf(await first).giveBack()
  leaseOf(await third).giveBack()
})

test("where all places are taken, an idle session makes room, and places go round those who wait", async () => {
  const { acquire, answers, automatic, pool } = openPool({ perDestination: 2, inAll: 2 })
  automatic()
  const idle = leaseOf(await acquire("idle.test"))
  idle.giveBack()
  const busy = leaseOf(await acquire("busy.test"))
  const second = leaseOf(await acquire("b.test"))
  assert.equal(idle.session.isOver, true)
  assert.equal(pool.size, 2)
  const served: string[] = []
  const wanting = ["busy.test", "c.test", "d.test", "busy.test"].map(async destination => {
    const lease = leaseOf(await acquire(destination))
    served.push(lease.session.destination)
    assert.ok(pool.size <= 2)
    lease.giveBack()
  })
  await settled()
  assert.deepEqual(served, [])
  second.drop()
  await Promise.all(wanting)
  busy.giveBack()
  assert.deepEqual(served.toSorted(), ["busy.test", "busy.test", "c.test", "d.test"])
  assert.equal(answers.length, 0)
})

test("a destination with a long line leaves a place to others each time that a session ends", async () => {
  const { acquire, automatic } = openPool({ perDestination: 1, inAll: 1 })
  automatic()
  const first = leaseOf(await acquire("busy.test"))
  const more = [acquire("busy.test"), acquire("busy.test")]
  const other = acquire("other.test")
  first.drop()
  const lease = leaseOf(await other)
  lease.drop()
  for (const one of more) leaseOf(await one).giveBack()
})

test("an opening that breaks is told of, and who waits is put off", async () => {
  const { acquire, answers, broken } = openPool()
  const waiting = acquire()
  await settled()
  answers[0]?.break()
  const acquired = await waiting
  assert.deepEqual(acquired, { kind: "failed", failed: { kind: "not-now", why: "trouble-here" } })
  assert.equal(broken.length, 1)
})

test("closing sends away who waits and ends what is idle, at once or when its work is done", async () => {
  const { acquire, automatic, pool } = openPool({ perDestination: 1, inAll: 10 })
  automatic()
  const idle = leaseOf(await acquire("a.test"))
  idle.giveBack()
  const working = leaseOf(await acquire("b.test"))
  const waiting = acquire("b.test")
  pool.close()
  assert.deepEqual(await waiting, { kind: "withdrawn" })
  assert.equal(idle.session.isOver, true)
  assert.equal(working.session.isOver, false)
  working.giveBack()
  assert.equal(working.session.isOver, true)
  assert.deepEqual(await acquire("c.test"), { kind: "withdrawn" })
  assert.equal(pool.size, 0)
})

test("never has more sessions than the limits, and serves everybody in the end, whatever happens", async () => {
  const limits = { perDestination: 3, inAll: 5 }
  const happening = fc.record({ what: fc.nat(5), where: fc.nat(2), which: fc.nat(20) })
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 80, size: "max" }), async happenings => {
      const { pool, acquire, answers, pass, automatic } = openPool(limits)
      const leases: Lease<Fake>[] = []
      const alive: Fake[] = []
      let open = 0
      const want = (destination: string): void => {
        open += 1
        void acquire(destination).then(acquired => {
          open -= 1
          if (acquired.kind === "session") leases.push(acquired.lease)
        })
      }
      const counted = (): void => {
        const atWork = alive.filter(one => !one.isOver)
        assert.ok(pool.size <= limits.inAll)
        assert.ok(atWork.length <= pool.size)
        for (let at = 0; at < 5; at += 1) {
          const ofOne = [...atWork, ...answers].filter(({ destination }) => destination === `${at}.test`)
          assert.ok(ofOne.length <= limits.perDestination)
        }
      }
      for (const { what, where, which } of happenings) {
        const lease = leases[which % Math.max(1, leases.length)]
        if (what === 0 || what === 1) want(`${where}.test`)
        else if (what === 2) {
          for (const answer of answers.splice(0, 1 + (which % 4))) alive.push(answer.succeed())
        } else if (what === 3) answers.shift()?.fail()
        else if (lease !== undefined) {
          leases.splice(leases.indexOf(lease), 1)
          if (what === 4) lease.giveBack()
          else {
            lease.session.end()
            lease.drop(which > 10 ? unreachable : undefined)
          }
        } else pass(idleMs)
        await settled()
        counted()
      }
      automatic()
      for (let rounds = 0; open + leases.length + answers.length > 0; rounds += 1) {
        assert.ok(rounds < 200, `${open} wait for ever`)
        for (const answer of answers.splice(0)) answer.succeed()
        for (const lease of leases.splice(0)) lease.giveBack()
        await settled()
      }
      pass(idleMs)
      assert.equal(pool.size, 0)
    }),
    { numRuns: 200 },
  )
})
