/** The messages of one APPEND or REPLACE on their way in: their octets on the house's budget, and their pace. */
import { type ByteBudget, createPace, type Pace, type PaceLimits } from "../entrance/index.ts"

export class Upload {
  readonly #budget: ByteBudget
  readonly #limits: PaceLimits
  readonly #time: () => number
  #reserved = 0
  #pace: Pace | undefined

  constructor(budget: ByteBudget, limits: PaceLimits, time: () => number) {
    this.#budget = budget
    this.#limits = limits
    this.#time = time
  }

  /** Takes octets for a message that was announced; false where there is no room: all is given back then. */
  take(octets: number): boolean {
    if (!this.#budget.take(octets)) {
      this.release()
      return false
    }
    this.#reserved += octets
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
    return this.#pace?.isTooSlow(this.#budget.isCrowded) === true
  }

  /** All of it has come; its octets stay on the budget until `release`. */
  whole(): void {
    this.#pace = undefined
  }

  release(): void {
    this.#pace = undefined
    this.#budget.giveBack(this.#reserved)
    this.#reserved = 0
  }
}
