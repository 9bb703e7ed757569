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
