import type { Promised } from "./catalogue/promise.ts"
import type { CheckOutcome } from "./run-checks.ts"

/** What `prove` says of a promise. */
export interface Result {
  readonly id: string
  /** "open": no check proves it, or its check passes and covers only a part of it. */
  readonly state: "proven" | "failed" | "open"
  readonly ms: number
  readonly detail: string
}

export function resultOf({ id, missing }: Promised, outcome: CheckOutcome | undefined): Result {
  if (outcome === undefined) return { id, state: "open", ms: 0, detail: "no check proves it yet" }
  if (outcome.state === "failed" || missing === undefined) return outcome
  return { ...outcome, state: "open", detail: `${outcome.detail}; not checked yet: ${missing}` }
}
