import type { NameResolver } from "@letterkeep/dns"

/** What SPF is asked and what it answers (RFC 7208 §2.6, §4.1). */
export type SpfResult = "none" | "neutral" | "pass" | "fail" | "softfail" | "temperror" | "permerror"

export interface SpfCheck {
  /** IPv4 or IPv6 text of the client. */
  readonly ip: string
  /** The domain whose record is asked: that of the reverse-path, or the HELO name for an empty one (§2.4). */
  readonly domain: string
  /** The reverse-path, or "" for the empty one, which means postmaster at the HELO name. */
  readonly sender: string
  readonly helo: string
  /** This server's name, for the `r` macro. */
  readonly receiver?: string
  /** Milliseconds since 1970, for the `t` macro. */
  readonly now: number
  /** Names that macros make of the sender's or the client's address are asked of its `naming`. */
  readonly resolver: NameResolver
  /**
   * Whether names may be asked for that hold the sender's address or its local part; it is called when a record wants
   * one, and any may be unless it is given. Where none may be, the record cannot be evaluated: `permerror`.
   */
  readonly mayNameSender?: () => Promise<boolean>
  readonly limits?: SpfLimits
  /** Ask for the domain's own explanation of a `fail` (§6.2): one more DNS question, and a stranger's text. */
  readonly explain?: boolean
}

export interface SpfLimits {
  /** Terms that ask the DNS (§4.6.4). */
  readonly terms: number
  /** Questions without an answer (§4.6.4). */
  readonly voids: number
  /** Mail exchangers of one `mx`, and names of one `ptr` (§4.6.4). */
  readonly names: number
}

export const spfLimits: SpfLimits = { terms: 10, voids: 2, names: 10 }

export interface SpfOutcome {
  readonly result: SpfResult
  /** One English sentence. */
  readonly reason: string
  /** The term that decided, as the domain wrote it. */
  readonly term?: string
  /** The domain's own words about a `fail`, printable ASCII; only when asked for. */
  readonly explanation?: string
}
