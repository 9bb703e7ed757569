/**
 * When a certificate is renewed: at two thirds of its life, or in the window that its authority suggests (ARI, RFC 9773),
 * by which it spreads the load, and has certificates replaced in time that it has to revoke.
 */
import { issuedAs } from "@letterkeep/x509"
import { isObject } from "./problem.ts"
import { readRetryAfter } from "./retry-after.ts"
import { get, readJson, type Session } from "./session.ts"
import type { Work } from "./work.ts"

export interface Life {
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

const day = 24 * 60 * 60 * 1000
/** A certificate that lives no longer than this is renewed at half its life: there is less time for a failure to mend. */
const shortLife = 10 * day

/** Milliseconds since 1970. */
export function renewalTime({ notBefore, notAfter }: Life): number {
  const life = notAfter - notBefore
  return Math.round(notBefore + (life <= shortLife ? life / 2 : (life * 2) / 3))
}

/** RFC 9773 §4.1: by which name the authority knows a certificate; undefined where it does not say who signed it. */
export function renewalName(leaf: Buffer): string | undefined {
  const issued = issuedAs(leaf)
  if (issued === undefined) return undefined
  return `${issued.keyIdentifier.toString("base64url")}.${issued.serialNumber.toString("base64url")}`
}

export interface Suggestion {
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  /** How soon to ask again, in milliseconds. */
  readonly askAgain: number
}

/** RFC 9773 §4.3.2: bounds for what Retry-After asks. */
const shortestAsk = 60_000
const longestAsk = day
/** Where the authority does not say. */
const usualAsk = day / 4

/** What the authority suggests for this certificate; undefined where it offers no such thing, or says nothing usable. */
export function* askWhenToRenew(session: Session, leaf: Buffer): Work<Suggestion | undefined> {
  const { renewalInfo } = session.directory
  const name = renewalName(leaf)
  if (renewalInfo === undefined || name === undefined) return undefined
  const answer = yield* get(session, "renewal", `${renewalInfo.replace(/\/$/, "")}/${name}`)
  const value = readJson(answer)
  const window = isObject(value) ? value.suggestedWindow : undefined
  const { start, end } = isObject(window) ? window : {}
  const [from, to] = [readTime(start), readTime(end)]
  if (from === undefined || to === undefined || to <= from) return undefined
  const wished = readRetryAfter(answer.headers["retry-after"], session.now()) ?? usualAsk
  return { start: from, end: to, askAgain: Math.min(longestAsk, Math.max(shortestAsk, wished)) }
}

/**
 * RFC 9773 §4.2: a moment of the window by chance (`fraction`: 0 to 1), so that not all come at once. A window that ends
 * when a tenth of the life is left, or later, is cut there: a failure must have time to mend.
 */
export function timeWithin({ start, end }: Suggestion, fraction: number, life: Life): number {
  const latest = life.notAfter - (life.notAfter - life.notBefore) / 10
  const cut = Math.min(end, latest)
  return Math.round(start >= cut ? cut : start + (cut - start) * fraction)
}

/** RFC 3339, as `suggestedWindow` writes it. */
function readTime(value: unknown): number | undefined {
  if (
    typeof value !== "string" ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value)
  )
    return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}
