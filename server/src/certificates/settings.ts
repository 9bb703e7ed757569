import type { ChallengeKind, ExternalAccount } from "@letterkeep/acme"

/** What the operator has said of the authority. */
export interface AuthoritySettings {
  /** An https address. */
  readonly directory: string
  /** A mail address; may be empty. */
  readonly contact: string
  /** DNS names in lower case, one or more, sorted. */
  readonly names: readonly string[]
  readonly challenge: ChallengeKind
  /** The path of a program, for dns-01. */
  readonly dnsHook: string | undefined
  readonly external: ExternalAccount | undefined
}
