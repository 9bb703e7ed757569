import assert from "node:assert/strict"
import { test } from "node:test"
import { createSignInLimits, type SignInLimits } from "./sign-in-limits.ts"

function makeLimits() {
  const clock = { at: 1_000_000, now: () => clock.at }
  return { clock, limits: createSignInLimits(clock) }
}

/** Guesses wrongly until slowed down, at most `most` times. */
function guess(
  limits: SignInLimits,
  source: (n: number) => string,
  name: (n: number) => string,
  most = 100,
): number {
  for (let count = 0; count < most; count++)
    if ("retryAfterSeconds" in limits.begin(source(count), name(count))) return count
  return most
}

test("slows one source down whatever names it tries, and lets it go on after a while", () => {
  const { clock, limits } = makeLimits()
  assert.equal(
    guess(
      limits,
      () => "192.0.2.1",
      n => `n${n}@example.org`,
    ),
    20,
  )
  const slowed = limits.begin("192.0.2.1", "other@example.org")
  assert("retryAfterSeconds" in slowed && slowed.retryAfterSeconds === 15)
  assert(!("retryAfterSeconds" in limits.begin("192.0.2.2", "other@example.org")))
  clock.at += 15_000
  assert.equal(
    guess(
      limits,
      () => "192.0.2.1",
      n => `m${n}@example.org`,
    ),
    1,
  )
})

test("slows guesses at one account down from however many sources", () => {
  const { limits } = makeLimits()
  assert.equal(
    guess(
      limits,
      n => `192.0.2.${n}`,
      () => "ann@example.org",
    ),
    10,
  )
})

test("takes a /64 for one source, and an IPv4 address mapped into IPv6 for itself", () => {
  const { limits } = makeLimits()
  assert.equal(
    guess(
      limits,
      n => `2001:db8::${n.toString(16)}:1`,
      n => `n${n}@example.org`,
    ),
    20,
  )
  assert(!("retryAfterSeconds" in limits.begin("2001:db8:0:1::1", "x@example.org")))
  guess(
    limits,
    () => "192.0.2.7",
    n => `k${n}@example.org`,
  )
  assert("retryAfterSeconds" in limits.begin("::ffff:192.0.2.7", "x@example.org"))
})

test("takes all spellings of an IPv6 address for one source", () => {
  const { limits } = makeLimits()
  const spellings = ["fe80::1", "FE80::1", "fe80:0:0:0::1", "fe80:0000:0:0:0:0:0:2", "fe80::1%eth0"]
  const source = (n: number): string => spellings[n % spellings.length] ?? ""
  assert.equal(
    guess(limits, source, n => `n${n}@example.org`),
    20,
  )
  for (const ip of spellings) assert("retryAfterSeconds" in limits.begin(ip, "x@example.org"), ip)
})

test("counts no right secret, and locks nobody out of where he signed in before", () => {
  const { limits } = makeLimits()
  for (let count = 0; count < 50; count++) {
    const attempt = limits.begin("198.51.100.1", "ann@example.org")
    assert("right" in attempt)
    attempt.right()
  }
  guess(
    limits,
    n => `192.0.2.${n}`,
    () => "ann@example.org",
  )
  assert("retryAfterSeconds" in limits.begin("203.0.113.1", "ann@example.org"))
  assert("right" in limits.begin("198.51.100.1", "ann@example.org"))
})

test("counts guesses that are still under way", () => {
  const { limits } = makeLimits()
  const begun = Array.from({ length: 12 }, (_, n) => limits.begin(`192.0.2.${n}`, "ann@example.org"))
  assert.equal(begun.filter(each => "retryAfterSeconds" in each).length, 2)
})

test("keeps a device with an old password from locking its household out", () => {
  const { limits } = makeLimits()
  const first = limits.begin("198.51.100.1", "ann@example.org")
  assert("right" in first)
  first.right()
  assert.equal(
    guess(
      limits,
      () => "198.51.100.1",
      () => "bob@example.org",
    ),
    10,
  )
  guess(
    limits,
    () => "198.51.100.1",
    n => `n${n}@example.org`,
  )
  assert("retryAfterSeconds" in limits.begin("198.51.100.1", "carol@example.org"))
  assert("right" in limits.begin("198.51.100.1", "ann@example.org"))
})

test("slows guesses down at an account that was signed in to from the same source, too", () => {
  const { clock, limits } = makeLimits()
  const first = limits.begin("198.51.100.1", "ann@example.org")
  assert("right" in first)
  first.right()
  const guesses = () =>
    guess(
      limits,
      () => "198.51.100.1",
      () => "ann@example.org",
    )
  assert.equal(guesses(), 20)
  clock.at += 60_000
  assert.equal(guesses(), 4)
})

test("lets the many connections of a mail program wait for one another, and all of them in", async () => {
  const { limits } = makeLimits()
  const begun = Array.from({ length: 60 }, async () => {
    for (;;) {
      const attempt = limits.begin("198.51.100.1", "ann@example.org")
      if ("right" in attempt) {
        await new Promise(resolve => setImmediate(resolve))
        attempt.right()
        return "in"
      }
      const turn = attempt.turn()
      if (turn === undefined) return "turned away"
      await turn
    }
  })
  assert.deepEqual(new Set(await Promise.all(begun)), new Set(["in"]))
})

test("makes nobody wait where the guesses before were wrong, or may never be judged", async () => {
  const { limits } = makeLimits()
  const begun = Array.from({ length: 10 }, (_, n) => limits.begin(`192.0.2.${n}`, "ann@example.org"))
  const waiting = limits.begin("192.0.2.99", "ann@example.org")
  assert("turn" in waiting)
  const turn = waiting.turn()
  assert(turn)
  for (const attempt of begun) if ("over" in attempt) attempt.over()
  await turn
  const after = limits.begin("192.0.2.99", "ann@example.org")
  assert("turn" in after)
  assert.equal(after.turn(), undefined)
})

test("bounds the line", () => {
  const { limits } = makeLimits()
  for (let n = 0; n < 10; n += 1) limits.begin(`192.0.2.${n}`, "ann@example.org")
  const turns = Array.from({ length: 300 }, (_, n) => {
    const attempt = limits.begin(`198.51.${n % 250}.1`, "ann@example.org")
    return "turn" in attempt ? attempt.turn() : undefined
  })
  assert.equal(turns.filter(turn => turn !== undefined).length, 256)
})

test("forgets who was heard of longest ago, so that strangers cannot fill the memory", () => {
  const { limits } = makeLimits()
  guess(
    limits,
    () => "192.0.2.1",
    n => `n${n}@example.org`,
  )
  assert("retryAfterSeconds" in limits.begin("192.0.2.1", "x@example.org"))
  for (let n = 0; n < 20_000; n += 1)
    limits.begin(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, `m${n}@example.org`)
  assert("right" in limits.begin("192.0.2.1", "x@example.org"))
})
