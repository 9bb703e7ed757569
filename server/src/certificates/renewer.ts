/**
 * Orders the first certificate and renews it, one node at a time: whoever holds the row. The certificate before stays in
 * force until the next one is there. A failure is kept in words, for every node's `doctor`, and waits longer each time.
 */
import { X509Certificate } from "node:crypto"
import { renewalTime, timeWithin, waitBeforeNextTry } from "@letterkeep/acme"
import { failure as failureOf } from "../ports/log.ts"
import { drive } from "./drive.ts"
import { keyOf, sealKey } from "./key-at-rest.ts"
import { type Attempt, orderOne, type Run, suggestionFor } from "./order-one.ts"
import type { Parts } from "./parts.ts"
import {
  type CertificateRow,
  dropOldRows,
  type IssuedRow,
  keepIssued,
  keepRenewal,
  keepTrouble,
  letGo,
  readCertificateRow,
  rowNames,
  takeHold,
} from "./rows.ts"
import { type Told, toldOf, toldOfError } from "./trouble.ts"

export type Renewed =
  | { readonly kind: "issued"; readonly notAfter: number; readonly issuer: string }
  /** In words for the operator. */
  | { readonly kind: "failed"; readonly says: string; readonly todo: string; readonly nextTry: number }
  /** Another node, or another call, is at it. */
  | { readonly kind: "busy" }

export interface Renewer {
  /** For the worker, each minute: does what is due, and nothing else. */
  runIfDue(): Promise<void>
  /** At once, due or not; with `newKey` for another key. */
  renewNow(options: { readonly newKey: boolean }): Promise<Renewed>
  dropOld(): Promise<void>
  /** Breaks off what is under way, and waits for that. */
  close(): Promise<void>
}

const day = 24 * 60 * 60 * 1000
/** How long after a question about renewal that was not answered the next one comes. */
const askAgainMs = day / 4
const HOLDER_BYTES = 16

export function createRenewer(parts: Parts): Renewer {
  const { store, vaults, clock, chance, log, settings } = parts
  const names = rowNames(settings.names)
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  /** A number from 0 to 1. */
  const fraction = (): number => chance.bytes(4).readUInt32BE() / 2 ** 32

  async function order(row: CertificateRow | undefined, newKey: boolean): Promise<Renewed> {
    const holder = chance.bytes(HOLDER_BYTES)
    const hold = (forMs: number): Promise<boolean> =>
      takeHold(store, names, { holder, now: clock.now(), until: clock.now() + forMs })
    if (!(await hold(firstHoldMs))) return { kind: "busy" }
    const begun = clock.now()
    try {
      log.event("certificates.ordering", { names: settings.names.length, challenge: settings.challenge })
      const run: Run = work =>
        drive(work, parts.hands, closing.signal, async longestMs => {
          if (!(await hold(longestMs))) throw new Error("another node has begun to renew the certificate")
        })
      const issued = row?.issued
      const before = {
        key: issued === undefined || newKey ? undefined : keyOf(vaults, names, issued.keySealed),
        leaf: issued === undefined ? undefined : leafOf(issued.chain),
      }
      const attempt = await orderOne(parts, run, before)
      if (attempt.kind === "failed") return await failed(holder, row, toldOf(attempt.failure), attempt)
      const { chain, key } = attempt
      const { pem, notBefore, notAfter, issuer } = chain
      const kept: IssuedRow = {
        keySealed: sealKey(vaults, names, key),
        chain: pem,
        notBefore,
        notAfter,
        renewAt: renewalTime(chain),
        askAt: clock.now(),
      }
      // Whoever took the hold over meanwhile has one of their own.
      if (!(await keepIssued(store, names, holder, kept, clock.now()))) return { kind: "busy" }
      log.event("certificates.issued", {
        days: Math.floor((notAfter - clock.now()) / day),
        ms: clock.now() - begun,
      })
      return { kind: "issued", notAfter, issuer }
    } catch (error) {
      if (closing.signal.aborted) return { kind: "busy" }
      const told = toldOfError(error)
      if (told === undefined) log.event("certificates.broke", { error: failureOf(error) })
      return await failed(holder, row, told ?? inner, undefined)
    } finally {
      await letGo(store, names, holder)
    }
  }

  async function failed(
    holder: Buffer,
    row: CertificateRow | undefined,
    { why, says, todo }: Told,
    attempt: Extract<Attempt, { kind: "failed" }> | undefined,
  ): Promise<Renewed> {
    const failures = (row?.failures ?? 0) + 1
    const failure = attempt?.failure ?? { kind: "unreachable", why: "" }
    const nextTry = clock.now() + waitBeforeNextTry(failure, failures, fraction())
    await keepTrouble(store, names, holder, { says, todo, failures, nextTry }, clock.now())
    log.event("certificates.failed", {
      why,
      failures,
      minutes: Math.round((nextTry - clock.now()) / 60_000),
    })
    return { kind: "failed", says, todo, nextTry }
  }

  /** RFC 9773: the authority may have another time in mind, for all of us or for this one. */
  async function askAboutRenewal(issued: IssuedRow): Promise<void> {
    const run: Run = work => drive(work, parts.hands, closing.signal, async () => undefined)
    const leaf = leafOf(issued.chain)
    const suggestion = leaf === undefined ? undefined : await suggestionFor(parts, run, leaf)
    if (suggestion === undefined) {
      await keepRenewal(store, names, { ...issued, askAt: clock.now() + askAgainMs })
      return
    }
    const isWithin = issued.renewAt >= suggestion.start && issued.renewAt <= suggestion.end
    const renewAt = isWithin ? issued.renewAt : timeWithin(suggestion, fraction(), issued)
    await keepRenewal(store, names, { renewAt, askAt: clock.now() + suggestion.askAgain })
  }

  async function runIfDue(): Promise<void> {
    const found = await readCertificateRow(store, names)
    if (found?.issued !== undefined && found.issued.askAt <= clock.now() && !isHeld(found, clock.now()))
      await askAboutRenewal(found.issued).catch((error: unknown) => {
        // Whatever it is, the usual time of renewal stands.
        if (!closing.signal.aborted) log.event("certificates.broke", { error: failureOf(error) })
      })
    const row = await readCertificateRow(store, names)
    if (isDue(row, clock.now()) && !closing.signal.aborted) await order(row, false)
  }

  const owned = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    const done = (): void => void underWay.delete(work)
    work.then(done, done)
    return work
  }
  return {
    runIfDue: () => owned(runIfDue()),
    renewNow: ({ newKey }) =>
      owned((async () => await order(await readCertificateRow(store, names), newKey))()),
    dropOld: () => dropOldRows(store, clock.now()),
    async close() {
      closing.abort()
      await Promise.allSettled(underWay)
    },
  }
}

/** Milliseconds until the first step says how long it takes. */
const firstHoldMs = 60_000

const inner: Told = {
  why: "other",
  says: "something went wrong inside the server while it asked for a certificate",
  todo: "see its log; it is tried again by itself",
}

function isHeld(row: CertificateRow, now: number): boolean {
  return row.heldUntil !== undefined && row.heldUntil > now
}

export function isDue(row: CertificateRow | undefined, now: number): boolean {
  if (row === undefined) return true
  if (row.nextTry !== undefined && row.nextTry > now) return false
  return row.issued === undefined || row.issued.renewAt <= now
}

/** DER of the first certificate. */
function leafOf(chain: string): Buffer | undefined {
  try {
    return new X509Certificate(chain).raw
  } catch {
    // Altered in the database: what follows it is ordered as if it were the first.
    return undefined
  }
}
