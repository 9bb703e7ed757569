/**
 * How often somebody may guess. Each attempt takes one token from the source's bucket and one from the
 * account's; a right secret gives them back. An empty bucket answers `slow-down`.
 *
 * The account's bucket alone would let a stranger lock a person out, and the source's a forgotten device with an old
 * password its whole household. So a source from which the account was signed in to before has a bucket of its own for
 * that account, and no other counts there.
 *
 * Mail programs sign in many times at once, and a whole office after a restart: whoever finds a bucket empty only for
 * attempts that are not judged yet may wait for them, in a line with a bound.
 *
 * Memory is bounded: a stranger with very many addresses can push others' buckets out, and then still pays Argon2id
 * for every guess. Each process counts by itself.
 */
import { type BoundedMap, createBoundedMap } from "../ports/bounded-map.ts"
import type { Clock } from "../ports/clock.ts"
import { ipPrefix } from "../ports/ip-prefix.ts"

const MAX_BUCKETS = 20_000
const MAX_TRUSTED = 20_000
/** In all; an attempt waits for one bucket. */
const MAX_WAITING = 1_024
const MAX_WAITING_FOR_BUCKET = 256
const source = { size: 20, refillMs: 15_000 } as const
const account = { size: 10, refillMs: 60_000 } as const

interface Bucket {
  tokens: number
  at: number
  readonly rate: Rate
  /** Attempts that will be judged soon. */
  underWay: number
  readonly line: (() => void)[]
}

interface Rate {
  readonly size: number
  /** Time for one token to come back. */
  readonly refillMs: number
}

export interface Attempt {
  /** The secret was right: the tokens go back, and the source is known from now on. */
  right(): void
  /** Nobody need wait for this one any more: it was judged, or it will be who knows when. Can be called twice. */
  over(): void
}

export interface TooMany {
  readonly retryAfterSeconds: number
  /** Resolves when it is worth to begin again; undefined when waiting a moment does not help. */
  readonly turn: () => Promise<void> | undefined
}

export interface SignInLimits {
  /** `name` is the address as it was given, in its kept form: an unknown one counts like a known one. */
  begin(sourceIp: string, name: string): Attempt | TooMany
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const sources = createBoundedMap<string, Bucket>(MAX_BUCKETS)
  const accounts = createBoundedMap<string, Bucket>(MAX_BUCKETS)
  const trusted = createBoundedMap<string, Bucket>(MAX_TRUSTED)
  let waiting = 0

  function lineUp(buckets: readonly Bucket[]): Promise<void> | undefined {
    const [first] = buckets
    // Where one bucket is empty for good, it is no use to wait for another.
    if (first === undefined || buckets.some(({ underWay }) => underWay === 0)) return undefined
    if (waiting >= MAX_WAITING || first.line.length >= MAX_WAITING_FOR_BUCKET) return undefined
    waiting += 1
    return new Promise(resolve => {
      first.line.push(() => {
        waiting -= 1
        resolve()
      })
    })
  }

  return {
    begin(sourceIp, name) {
      const now = clock.now()
      const from = sourceOf(sourceIp)
      const pair = `${from} ${name}`
      const own = trusted.get(pair)
      const buckets =
        own === undefined
          ? [bucketOf(sources, from, source, now), bucketOf(accounts, name, account, now)]
          : [own]
      for (const bucket of buckets) refill(bucket, now)
      const empty = buckets.filter(({ tokens }) => tokens < 1)
      if (empty.length > 0) {
        const waitMs = Math.max(...empty.map(bucket => waitOf(bucket, now)))
        return { retryAfterSeconds: Math.ceil(waitMs / 1000), turn: () => lineUp(empty) }
      }
      let isUnderWay = true
      for (const bucket of buckets) {
        bucket.tokens -= 1
        bucket.underWay += 1
      }
      const over = (): void => {
        for (const bucket of buckets) {
          if (isUnderWay) bucket.underWay -= 1
          for (const goOn of bucket.line.splice(0)) goOn()
        }
        isUnderWay = false
      }
      return {
        over,
        right() {
          for (const bucket of buckets) bucket.tokens = Math.min(bucket.rate.size, bucket.tokens + 1)
          if (trusted.get(pair) === undefined) trusted.set(pair, fullBucket(source, now))
          over()
        },
      }
    },
  }
}

function fullBucket(rate: Rate, now: number): Bucket {
  return { tokens: rate.size, at: now, rate, underWay: 0, line: [] }
}

function bucketOf(buckets: BoundedMap<string, Bucket>, key: string, rate: Rate, now: number): Bucket {
  const known = buckets.get(key)
  if (known !== undefined) return known
  const fresh = fullBucket(rate, now)
  buckets.set(key, fresh)
  return fresh
}

function refill(bucket: Bucket, now: number): void {
  const { size, refillMs } = bucket.rate
  const back = Math.max(0, Math.floor((now - bucket.at) / refillMs))
  bucket.tokens = Math.min(size, bucket.tokens + back)
  bucket.at = bucket.tokens === size ? now : bucket.at + back * refillMs
}

function waitOf(bucket: Bucket, now: number): number {
  return Math.max(1, bucket.at + bucket.rate.refillMs - now)
}

/** One household or host is one source: an IPv4 address, or the /64 of an IPv6 one. */
function sourceOf(ip: string): string {
  return ipPrefix(ip, { v4: 32, v6: 64 }) ?? ip
}
