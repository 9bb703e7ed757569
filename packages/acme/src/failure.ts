import type { Problem } from "./problem.ts"
import type { ChallengeKind } from "./proof.ts"

/** Why there is no certificate this time. */
export type AcmeFailure =
  /** `why`: an English phrase. */
  | { readonly kind: "unreachable"; readonly why: string }
  /** The authority answered with something that is not ACME, or breaks a limit of ours. */
  | { readonly kind: "malformed"; readonly what: string }
  /** The authority refused. `step`: what was asked of it. */
  | {
      readonly kind: "refused"
      readonly step: AcmeStep
      readonly status: number
      readonly problem: Problem
      /** As long as the authority asks to be left alone. Milliseconds. */
      readonly retryAfter: number | undefined
    }
  /** The authority looked, and did not find the proof that a name is ours. */
  | {
      readonly kind: "not-proven"
      readonly name: string
      readonly challenge: ChallengeKind
      readonly problem: Problem | undefined
    }
  | { readonly kind: "not-offered"; readonly name: string; readonly challenge: ChallengeKind }
  /** The authority's terms have to be agreed to; `url` where they are. */
  | { readonly kind: "terms"; readonly url: string | undefined }
  /** The authority serves its customers alone, and wants to know which this is. */
  | { readonly kind: "needs-external-account" }
  /** The authority knows this account no longer. */
  | { readonly kind: "account-gone" }
  | { readonly kind: "too-slow"; readonly what: "authorization" | "order" }
  /** What was issued is not what was asked for; `why`: an English sentence. */
  | { readonly kind: "unfit"; readonly why: string }

export type AcmeStep =
  | "directory"
  | "nonce"
  | "account"
  | "order"
  | "authorization"
  | "finalize"
  | "certificate"
  | "renewal"
