import type { SecureContext } from "node:tls"
import type { Profile } from "@letterkeep/smtp"
import type { Receive } from "../../flow/index.ts"
import type { Log } from "../../ports/log.ts"
import type { ByteBudget, Timers } from "../entrance/index.ts"
import type { Figures } from "./figures.ts"
import type { SmtpDoorLimits } from "./limits.ts"

/** What all connections of one door share. */
export interface House {
  readonly receive: Receive
  readonly profile: Profile
  readonly limits: SmtpDoorLimits
  readonly log: Log
  readonly figures: Figures
  readonly budget: ByteBudget
  readonly timers: Timers
  readonly secureContext: () => SecureContext | undefined
  /** Milliseconds that only grow, a second at a time: cheap, and safe from a clock that is set. */
  readonly time: () => number
  readonly isDraining: () => boolean
  /** Four in five connections are taken: who is idle makes room. */
  readonly isCrowded: () => boolean
}
