import type { Network } from "../../ports/log-fields.ts"
import type { IpAddress } from "../../privacy/index.ts"

/** Whom a connection is with. */
export interface Peer<Mark extends string> {
  /** Its number at this door, for the log. */
  readonly connection: number
  readonly ip: IpAddress
  readonly port: number
  /** For the log. */
  readonly network: Network
  /** It connects from this machine; not so where a balancer does, and does not say for whom. */
  readonly local: boolean
  /** Its source is counted by who let it in; whoever is trusted has no marks, and no delay. */
  readonly mark: (bad: Mark) => void
  /** Milliseconds that answers to its source wait. */
  readonly delay: () => number
  /** To be called once, when the connection has closed. */
  readonly onGone: () => void
}

/** One connection, as the entrance sees it. */
export interface Guest {
  /** Called once, when the peer is let in. */
  greet(): void
  /** Bytes that came before `greet`, with the PROXY header. */
  hear(bytes: Buffer): void
  /** Called every second: ends what takes too long. */
  checkTime(): void
  /** The door closes: ends as soon as what is under way allows. */
  drain(): void
  destroy(): void
}
