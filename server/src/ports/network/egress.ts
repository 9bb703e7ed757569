/**
 * The permit to send something to somebody outside. `ports/network` opens no socket without one; only
 * `privacy` mints one (the walls check lets nobody else import this file). It names its recipient, and whoever
 * minted it says at each use whether something may go now: it may have to be written down first.
 */
export type EgressRecipient =
  | "dns"
  | "own-door"
  /** Mail servers of those whom people here write to. */
  | "mail-exchanger"
  /** The server that the operator has all outgoing mail go through. */
  | "smart-host"
  /** Web servers where domains say how mail must reach them (MTA-STS). */
  | "policy-host"
  /** Whoever signs this server's certificates. */
  | "certificate-authority"

let make: (recipient: EgressRecipient, allow: () => Promise<void>) => Egress

export class Egress {
  readonly #recipient: EgressRecipient
  readonly #allow: () => Promise<void>

  private constructor(recipient: EgressRecipient, allow: () => Promise<void>) {
    this.#recipient = recipient
    this.#allow = allow
  }

  static {
    make = (recipient, allow) => new Egress(recipient, allow)
  }

  /**
   * Resolves when one more thing may go to `recipient`, and counts as gone. Rejects with EgressError where nothing
   * may. Awaited before each socket opens.
   */
  async release(recipient: EgressRecipient): Promise<void> {
    if (this.#recipient !== recipient) throw new EgressError(recipient, "not-agreed")
    await this.#allow()
  }
}

/** `allow` is asked at each use, and rejects with EgressError. */
export function mintEgress(recipient: EgressRecipient, allow: () => Promise<void>): Egress {
  return make(recipient, allow)
}

/** Nothing may go to this recipient now. */
export class EgressError extends Error {
  override readonly name = "EgressError"
  /** The operator can mend it; until then the work waits. */
  readonly temporary = true
  readonly recipient: EgressRecipient
  /** There is no agreement for this, or it has ended; the ledger could not be written; this permit was for less. */
  readonly why: "not-agreed" | "not-written" | "spent"

  constructor(recipient: EgressRecipient, why: EgressError["why"], options?: ErrorOptions) {
    super(`nothing may be sent to ${recipient} now: ${why}`, options)
    this.recipient = recipient
    this.why = why
  }
}
