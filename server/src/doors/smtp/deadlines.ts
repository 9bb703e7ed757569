import type { House } from "./house.ts"

/** How long a peer may take. Milliseconds. */
export interface Times {
  /** From one command served to the next whole one. */
  readonly commandMs: number
  /** For the connection; a message under way may end first. */
  readonly connectionMs: number
  /** The same while connections are crowded (four in five are taken): who is idle makes room. */
  readonly crowdedCommandMs: number
  readonly crowdedConnectionMs: number
}

/** When a peer that says nothing has waited for too long. */
export class Deadlines {
  readonly #house: Pick<House, "time" | "isCrowded">
  readonly #times: () => Times
  readonly #openedAt: number
  #expiresAt: number
  /** When the last command was served, or the connection opened. */
  #servedAt: number

  /** `times` is asked again and again: they change when somebody signs in. `ms`: for what comes first. */
  constructor(house: Pick<House, "time" | "isCrowded">, times: () => Times, ms: number) {
    this.#house = house
    this.#times = times
    this.#openedAt = house.time()
    this.#servedAt = this.#openedAt
    this.#expiresAt = this.#openedAt + ms
  }

  /** Milliseconds since the connection opened. */
  get age(): number {
    return this.#house.time() - this.#openedAt
  }

  /** Something else than a command is waited for. */
  await(ms: number): void {
    this.#expiresAt = this.#house.time() + ms
  }

  /** A command was served: the time for the next one begins. */
  served(): void {
    this.#servedAt = this.#house.time()
    this.#expiresAt = this.#servedAt + this.#times().commandMs
  }

  /** What is waited for has not come in time. */
  get isOver(): boolean {
    return this.#house.time() > this.#expiresAt
  }

  /** Without a message under way, the connection has lasted too long, or is in the way of others. */
  get isOutstayed(): boolean {
    const { connectionMs, crowdedCommandMs, crowdedConnectionMs } = this.#times()
    const crowded = this.#house.isCrowded()
    if (this.age > (crowded ? Math.min(crowdedConnectionMs, connectionMs) : connectionMs)) return true
    return crowded && this.#house.time() - this.#servedAt > crowdedCommandMs
  }
}
