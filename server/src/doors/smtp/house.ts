import type { SecureContext } from "node:tls"
import type { Profile } from "@letterkeep/smtp"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Metrics } from "../../ports/metrics.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { ByteBudget, Timers } from "../entrance/index.ts"
import type { Figures } from "./figures.ts"
import type { SmtpDoorLimits } from "./limits.ts"

/** What all connections of one door share, whoever comes through it. */
export interface House {
  /** For the log. */
  readonly door: "smtp" | "submission"
  readonly profile: Profile
  readonly limits: SmtpDoorLimits
  readonly log: Log
  readonly figures: Figures
  readonly budget: Pick<ByteBudget, "take" | "giveBack" | "isCrowded">
  readonly timers: Timers
  readonly secureContext: () => SecureContext | undefined
  /** Milliseconds that only grow, a second at a time: cheap, and safe from a clock that is set. */
  readonly time: () => number
  readonly isDraining: () => boolean
  /** Four in five connections are taken: who is idle makes room. */
  readonly isCrowded: () => boolean
}

/** What both doors are opened with. */
export interface DoorOptions {
  readonly privacy: Pick<Privacy, "gate">
  /** Asked for each handshake, so that certificates can be renewed; undefined offers no TLS. */
  readonly tls?: { readonly current: () => SecureContext | undefined }
  /** The name said in the banner. */
  readonly hostname: string
  readonly log: Log
  readonly clock: Clock
  readonly metrics: Metrics
  /** Networks whose connections begin with a PROXY header of version 2; nobody else's may. */
  readonly proxyFrom?: readonly string[]
  /** Networks that are not counted per source and not slowed. Default: this machine. */
  readonly trustedFrom?: readonly string[]
  readonly timers?: Timers
}
