import type { SecureContext } from "node:tls"
import type { Mail, MaildropLease } from "../../messages/index.ts"
import type { People, SignedIn } from "../../people/index.ts"
import type { Log } from "../../ports/log.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { Timers } from "../entrance/index.ts"
import type { Figures } from "./figures.ts"
import type { Pop3DoorLimits } from "./limits.ts"

/** A live session's power over one account's mail. */
export type Session = Extract<SignedIn, { readonly kind: "signed-in" }>["session"]

/** What all connections of one door share. */
export interface House {
  readonly people: Pick<People, "signIn" | "beginScram">
  readonly openMail: (session: Session) => Mail
  /** Undefined while another program reads this account by POP3. */
  readonly leaseMaildrop: (account: AccountId) => Promise<MaildropLease | undefined>
  readonly privacy: Pick<Privacy, "gate">
  readonly limits: Pop3DoorLimits
  readonly plaintextOnLoopback: boolean
  readonly log: Log
  readonly figures: Figures
  readonly timers: Timers
  /** Work of its own that the door waits for before it is closed; it never rejects. */
  readonly own: (work: Promise<void>) => void
  readonly secureContext: () => SecureContext | undefined
  /** Milliseconds that only grow, a second at a time. */
  readonly time: () => number
  readonly isDraining: () => boolean
  /** Four in five connections are taken: who has not signed in makes room. */
  readonly isCrowded: () => boolean
}
