/**
 * Why a message was taken, doubted or turned away. The code is for programs and stays what it is; the sentence is for
 * the person who reads the mail, or wonders where it went.
 */
export interface Reason {
  readonly code: ReasonCode
  /** One English sentence, free of jargon where that is possible. May name addresses: not for logs. */
  readonly sentence: string
  readonly evidence: "spf" | "dkim" | "dmarc" | "arc" | "iprev" | "header" | "rules" | "history" | "screening"
}

export type ReasonCode =
  | "arc-trusted"
  | "authentication-off"
  | "blocked-by-you"
  | "allowed-by-you"
  | "allow-unproven"
  | "dkim-failed"
  | "dmarc-pass"
  | "dmarc-quarantine"
  | "dmarc-reject"
  | "dmarc-unreadable"
  | "dns-trouble"
  | "first-contact"
  | "from-unclear"
  | "known-correspondent"
  | "mail-loop"
  | "no-date"
  | "no-reverse-name"
  | "our-domain-forged"
  | "repeated-field"
  | "sender-confirmed"
  | "spf-fail"
  | "unconfirmed"

export interface Verdict {
  /**
   * `refuse` and `later` follow from what is the same for all recipients, so all of them get it. `junk` is kept, in
   * Junk.
   */
  readonly kind: "accept" | "junk" | "refuse" | "later"
  /** What decided comes first. Never empty. */
  readonly reasons: readonly Reason[]
}
