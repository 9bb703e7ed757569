import type { SecureContext } from "node:tls"
import type { Mail } from "../../messages/index.ts"
import type { People, SignedIn } from "../../people/index.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { AccountId, ModSeq } from "../../store/ids.ts"
import type { Shares, Timers, Visitors } from "../entrance/index.ts"
import type { Figures } from "./figures.ts"
import type { Selecting } from "./handler.ts"
import type { ImapDoorLimits } from "./limits.ts"

/** A live session's power over one account's mail. */
export type Session = Extract<SignedIn, { readonly kind: "signed-in" }>["session"]

/** Calls `listener` after each change of the account, on whichever node, until the returned function is called. */
export type OnChange = (account: AccountId, listener: (modseq: ModSeq | undefined) => void) => () => void

/** What all connections of one door share. */
export interface House {
  readonly people: Pick<People, "signIn" | "beginScram">
  readonly openMail: (session: Session) => Mail
  readonly onChange: OnChange
  readonly selecting: Selecting
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  readonly limits: ImapDoorLimits
  readonly plaintextOnLoopback: boolean
  readonly hostname: string
  readonly version: string
  readonly log: Log
  readonly figures: Figures
  readonly shares: Shares
  readonly visitors: Visitors
  readonly timers: Timers
  readonly secureContext: () => SecureContext | undefined
  /** Milliseconds that only grow, a second at a time. */
  readonly time: () => number
  readonly isDraining: () => boolean
  /** Four in five connections are taken: who has not signed in makes room. */
  readonly isCrowded: () => boolean
}
