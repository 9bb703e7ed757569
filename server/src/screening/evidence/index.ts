import type { ArcOutcome } from "@letterkeep/arc"
import type { DkimResult } from "@letterkeep/dkim"
import type { DmarcOutcome } from "@letterkeep/dmarc"
import type { HeaderEvidence } from "./header-sanity.ts"
import type { IprevEvidence } from "./iprev.ts"
import type { SenderProof } from "./sender-proof.ts"
import type { SpfEvidence } from "./spf.ts"

/** What is known of a message, the same for all who get it. */
export type AuthEvidence = CheckedEvidence | UncheckedEvidence

export interface CheckedEvidence {
  readonly authentication: "checked"
  readonly spf: SpfEvidence
  readonly dkim: readonly DkimResult[]
  readonly dmarc: DmarcOutcome
  readonly arc: ArcOutcome
  readonly iprev: IprevEvidence | undefined
  readonly header: HeaderEvidence
  readonly proof: SenderProof
  readonly isChainTrusted: boolean
  /** From claims one of this server's own domains, and nothing proves it. */
  readonly forgesOurDomain: boolean
}

/** The operator switched the checks off. */
export interface UncheckedEvidence {
  readonly authentication: "off"
  readonly header: HeaderEvidence
}

/** What is known for one of those who get it. */
export interface RecipientEvidence {
  readonly rule: "allow" | "block" | "none"
  readonly history: Acquaintance
}

/**
 * `correspondent`: the person wrote to this address; `seen`: mail from it was kept before; `unknown`: nobody was asked.
 */
export type Acquaintance = "correspondent" | "seen" | "stranger" | "unknown" | "unknown"
