/** How one peer behaves, and what follows: marks for its source, answers that wait, a line in the log. */
import type { Closing, Fault } from "@letterkeep/smtp"
import type { Peer } from "../entrance/index.ts"
import { abuseOf, type BadMark, badMarkOf, type Why } from "./abuse.ts"
import type { House } from "./house.ts"

export class Manners {
  readonly #house: Pick<House, "door" | "log" | "figures">
  readonly #peer: Peer<BadMark>
  #misbehaved = false

  constructor(house: Pick<House, "door" | "log" | "figures">, peer: Peer<BadMark>) {
    this.#house = house
    this.#peer = peer
  }

  /** A command or a message broke a rule. */
  broke(fault: Fault): void {
    this.#house.figures.faults.add()
    const mark = badMarkOf(fault)
    if (mark !== undefined) this.mark(mark)
    const why = abuseOf(fault)
    if (why !== undefined) this.abused(why)
  }

  mark(bad: BadMark): void {
    this.#misbehaved = true
    this.#peer.mark(bad)
  }

  abused(why: Why): void {
    if (why === "early-talker" || why === "too-slow") this.mark(why)
    const { connection, network } = this.#peer
    this.#house.log.event("smtp.abused", { door: this.#house.door, connection, source: network, why })
  }

  /** The receiver has ended the connection. */
  ended(why: Closing): void {
    if (why === "too-many-errors") this.abused("errors")
    if (why === "too-many-commands" || why === "too-many-transactions") this.abused("too-many-commands")
    if (why === "too-many-octets") {
      this.mark("fault")
      this.abused(why)
    }
  }

  /** Milliseconds that the answer to what it did since it was asked last has to wait. */
  takeDelay(): number {
    const misbehaved = this.#misbehaved
    this.#misbehaved = false
    return misbehaved ? this.#peer.delay() : 0
  }
}
