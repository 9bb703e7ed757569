/**
 * The permit to send something to somebody outside. `ports/network` opens no socket without one; only
 * `privacy` mints one (the walls check lets nobody else import this file). It names its recipient, and it can
 * end: whoever minted it says at each use whether it still holds.
 */
export type EgressRecipient = "dns" | "own-door"

let make: (recipient: EgressRecipient, holds: () => boolean) => Egress

export class Egress {
  readonly #recipient: EgressRecipient
  readonly #holds: () => boolean

  private constructor(recipient: EgressRecipient, holds: () => boolean) {
    this.#recipient = recipient
    this.#holds = holds
  }

  static {
    make = (recipient, holds) => new Egress(recipient, holds)
  }

  /** Throws EgressError unless this permit is for `recipient` and still holds. Called before each socket opens. */
  require(recipient: EgressRecipient): void {
    if (this.#recipient !== recipient || !this.#holds()) throw new EgressError(recipient)
  }
}

/** `holds` is asked at each use. */
export function mintEgress(recipient: EgressRecipient, holds: () => boolean): Egress {
  return make(recipient, holds)
}

/** Nothing may go to this recipient now: no agreement, or it has ended. */
export class EgressError extends Error {
  override readonly name = "EgressError"
  /** The operator can mend it; until then the work waits. */
  readonly temporary = true
  readonly recipient: EgressRecipient

  constructor(recipient: EgressRecipient) {
    super(`nothing may be sent to ${recipient} now`)
    this.recipient = recipient
  }
}
