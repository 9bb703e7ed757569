/**
 * When a message is tried again, and what its sender is told in the meantime. Pure.
 *
 * RFC 5321 §4.5.4.1 asks for a wait of at least 30 minutes that grows, and for four or five days before a message is
 * given up. Departs from RFC 5321 §4.5.4.1: the first two tries come sooner, since those who put strangers off on
 * purpose (RFC 6647) take a second try after some minutes.
 */
import type { Chance } from "../ports/chance.ts"

const minute = 60_000
const hour = 60 * minute

/** By the number of tries before; the last one goes on for ever. */
const waits = [5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour] as const
const longestWait = waits[waits.length - 1] ?? hour

/** A message waits so long before it is given up, where nobody says otherwise. */
export const KEPT_TRYING_MS = 5 * 24 * hour
/** Its sender is told once that it takes long. */
export const DELAY_NOTICE_MS = 4 * hour
/** Waits are this much shorter or longer, by chance: what failed together does not come back together. */
const JITTER = 0.1

export interface SoFar {
  /** Tries, the last one included; from 1 on. */
  readonly attempts: number
  /** When it could first be tried, and when it is given up; milliseconds since 1970. */
  readonly notBefore: number
  readonly expiresAt: number
  readonly toldOfDelay: boolean
}

export type Next =
  | { readonly kind: "again"; readonly afterMs: number; readonly tellOfDelay: boolean }
  | { readonly kind: "given-up" }

/** After a try that may work later. The last one comes when the time is over. */
export function nextTry(sofar: SoFar, now: number, chance: Chance): Next {
  const left = sofar.expiresAt - now
  if (left <= 0) return { kind: "given-up" }
  const wait = waits[Math.max(0, sofar.attempts - 1)] ?? longestWait
  const spread = 1 + JITTER * (chance.bytes(2).readUInt16BE() / 0x8000 - 1)
  return {
    kind: "again",
    afterMs: Math.min(left, Math.round(wait * spread)),
    tellOfDelay: !sofar.toldOfDelay && now - sofar.notBefore >= DELAY_NOTICE_MS,
  }
}
