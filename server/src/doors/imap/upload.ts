/** The messages of one APPEND or REPLACE on their way in: their octets on the house's budget, and their pace. */
import type { AccountId } from "../../store/ids.ts"
import { createPace, type Pace, type PaceLimits, type Shares } from "../entrance/index.ts"

export class Upload {
  readonly #shares: Shares
  readonly #limits: PaceLimits
  readonly #time: () => number
  #reserved: { readonly account: AccountId; readonly octets: number } | undefined
  #pace: Pace | undefined

  constructor(shares: Shares, limits: PaceLimits, time: () => number) {
    this.#shares = shares
    this.#limits = limits
    this.#time = time
  }

  /** Takes octets for a message that was announced; false where there is no room: all is given back then. */
  take(account: AccountId, octets: number): boolean {
    if (!this.#shares.take(account, octets)) {
      this.release()
      return false
    }
    this.#reserved = { account, octets: octets + (this.#reserved?.octets ?? 0) }
    this.#pace = createPace(this.#limits, this.#time)
    return true
  }

  came(octets: number): void {
    this.#pace?.came(octets)
  }

  /** A message is coming in: its pace counts, and not the time since the last command. */
  get isComing(): boolean {
    return this.#pace !== undefined
  }

  get isTooSlow(): boolean {
    return this.#pace?.isTooSlow(this.#shares.isCrowded) === true
  }

  /** All of it has come; its octets stay on the budget until `release`. */
  whole(): void {
    this.#pace = undefined
  }

  release(): void {
    this.#pace = undefined
    const reserved = this.#reserved
    this.#reserved = undefined
    if (reserved !== undefined) this.#shares.giveBack(reserved.account, reserved.octets)
  }
}
