import type { Policy, ReadPolicy } from "./policy.ts"
import type { PolicyRecord } from "./record.ts"

/**
 * When a policy has to be fetched, and which one counts meanwhile (RFC 8461 §3.1, §3.3, §5.1). What was fetched once
 * holds until its time is over, whatever the DNS or the web say then: otherwise whoever stands in between would only
 * have to keep silent.
 */
export interface Kept {
  readonly policy: Policy
  /** The id of the record that it was fetched for. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly fetchedAt: number
}

export interface Plan {
  /** What holds as long as nothing newer is there. */
  readonly policy: Policy | undefined
  /** "first": before the message is tried; "meanwhile": it need not wait. */
  readonly fetch: "first" | "meanwhile" | "no"
}

/** Milliseconds after which a policy is fetched anew though its id is the same, so that it does not run out: a day. */
export const refreshAfter = 86_400_000
/** Milliseconds between a fetch that failed and the next (RFC 8461 §3.3). */
export const retryFetchAfter = 300_000

export interface RefreshState {
  readonly kept: Kept | undefined
  /** What the DNS says; undefined where it did not answer. */
  readonly record: PolicyRecord | undefined
  /** When a fetch failed last. */
  readonly failedAt: number | undefined
  readonly now: number
}

export function planRefresh({ kept, record, failedAt, now }: RefreshState): Plan {
  const isValid = kept !== undefined && now < expiryOf(kept)
  const policy = isValid ? kept.policy : undefined
  // Without a record there is nothing new to fetch; what is kept holds until its end.
  if (record?.kind !== "policy") return { policy, fetch: "no" }
  if (failedAt !== undefined && now < failedAt + retryFetchAfter) return { policy, fetch: "no" }
  if (!isValid || record.id !== kept.id) return { policy, fetch: "first" }
  return { policy, fetch: now >= refreshTimeOf(kept) ? "meanwhile" : "no" }
}

/** What is kept after a fetch: the new policy, or, where there is none, what was kept (RFC 8461 §5.1). */
export function afterFetching(
  kept: Kept | undefined,
  read: ReadPolicy,
  id: string,
  now: number,
): { readonly kept: Kept | undefined; readonly failedAt: number | undefined } {
  if (read.kind === "invalid") return { kept, failedAt: now }
  return { kept: { policy: read.policy, id, fetchedAt: now }, failedAt: undefined }
}

function expiryOf({ policy, fetchedAt }: Kept): number {
  return fetchedAt + policy.maxAge * 1000
}

/** A day, or half of its time where that is less. */
function refreshTimeOf({ policy, fetchedAt }: Kept): number {
  return fetchedAt + Math.min(refreshAfter, policy.maxAge * 500)
}
