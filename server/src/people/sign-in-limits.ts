/**
 * How often somebody may guess. Each attempt takes one token from the source's bucket and one from the
 * account's; a right secret gives them back. An empty bucket answers `slow-down`.
 *
 * The account's bucket alone would let a stranger lock a person out, so a source from which the account was
 * signed in to before is held to its own bucket only. Memory is bounded: a stranger with very many addresses
 * can push others' buckets out, and then still pays Argon2id for every guess. Each process counts by itself.
 */
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Clock } from "../ports/clock.ts"
import { ipPrefix } from "../ports/ip-prefix.ts"

const MAX_BUCKETS = 20_000
const MAX_TRUSTED = 20_000
const source = { size: 20, refillMs: 15_000 } as const
const account = { size: 10, refillMs: 60_000 } as const

interface Bucket {
  tokens: number
  at: number
}

interface Rate {
  readonly size: number
  /** Time for one token to come back. */
  readonly refillMs: number
}

export interface Attempt {
  /** The secret was right: the tokens go back, and the source is known from now on. */
  right(): void
}

export interface SignInLimits {
  /** `name` is the address as it was given, in its kept form: an unknown one counts like a known one. */
  begin(sourceIp: string, name: string): Attempt | { readonly retryAfterSeconds: number }
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const sources = createBoundedMap<string, Bucket>(MAX_BUCKETS)
  const accounts = createBoundedMap<string, Bucket>(MAX_BUCKETS)
  const trusted = createBoundedMap<string, true>(MAX_TRUSTED)

  return {
    begin(sourceIp, name) {
      const now = clock.now()
      const from = sourceOf(sourceIp)
      const pair = `${from} ${name}`
      const taken = [{ bucket: filled(sources, from, source, now), rate: source as Rate }]
      if (trusted.get(pair) === undefined)
        taken.push({ bucket: filled(accounts, name, account, now), rate: account })
      const waitMs = Math.max(...taken.map(({ bucket, rate }) => waitOf(bucket, rate, now)))
      if (waitMs > 0) return { retryAfterSeconds: Math.ceil(waitMs / 1000) }
      for (const { bucket } of taken) bucket.tokens -= 1
      return {
        right() {
          for (const { bucket, rate } of taken) bucket.tokens = Math.min(rate.size, bucket.tokens + 1)
          trusted.set(pair, true)
        },
      }
    },
  }
}

function filled(
  buckets: ReturnType<typeof createBoundedMap<string, Bucket>>,
  key: string,
  rate: Rate,
  now: number,
): Bucket {
  const bucket = buckets.get(key)
  if (bucket === undefined) {
    const fresh = { tokens: rate.size, at: now }
    buckets.set(key, fresh)
    return fresh
  }
  const back = Math.max(0, Math.floor((now - bucket.at) / rate.refillMs))
  bucket.tokens = Math.min(rate.size, bucket.tokens + back)
  bucket.at = bucket.tokens === rate.size ? now : bucket.at + back * rate.refillMs
  return bucket
}

function waitOf(bucket: Bucket, rate: Rate, now: number): number {
  return bucket.tokens >= 1 ? 0 : Math.max(1, bucket.at + rate.refillMs - now)
}

/** One household or host is one source: an IPv4 address, or the /64 of an IPv6 one. */
function sourceOf(ip: string): string {
  return ipPrefix(ip, { v4: 32, v6: 64 }) ?? ip
}
