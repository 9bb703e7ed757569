import type { MessageScan } from "@letterkeep/mime"
import type { Delivery } from "../../messages/index.ts"
import type { MailAddress } from "../../privacy/index.ts"
import type { AccountId } from "../../store/ids.ts"
import type { EnvelopeRecipient } from "../envelope.ts"

/** How a message is put down for somebody: one email. */
export interface Filing {
  readonly into: Delivery["into"]
  readonly keywords: readonly string[]
}

/** A message for one of those who are here, before their filter has seen it. */
export interface Reader {
  readonly account: AccountId
  /** The first of their addresses that the message is for, as its sender wrote it. */
  readonly recipient: Omit<EnvelopeRecipient, "accountId">
  /** Screening has its doubts: it belongs into Junk. */
  readonly isJunk: boolean
  /** What is written above the message for them. */
  readonly above: Buffer
  /** Where no filter says anything else. */
  readonly usual: Filing
  deliver(filing: Filing): Delivery
  /** The same message for somebody else who is here, with the verdict that their own rules give it. */
  passOn(account: AccountId, address: MailAddress): Promise<Reader>
}

/** What all its readers' filters have in hand. */
export interface InHand {
  /** Names it in the log. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** As it will be kept, without what is written above it. */
  readonly scan: MessageScan
  /** The Received field of this server, for those that it is passed on to. */
  readonly received: string
  readonly reversePath: MailAddress
  /** The domain in From, where screening found that something vouches for it; none for what is handed in here. */
  readonly provenDomain: string | undefined
  /** Its domain, or a password, vouches for it. Else it may be somebody's who sent nothing: no report goes there. */
  readonly isPathProven: boolean
  /** It reports what became of something that its reader sent: nothing answers it, whatever its return path. */
  readonly isReport: boolean
  readonly body: "7BIT" | "8BITMIME" | "BINARYMIME"
  readonly requireTls: boolean
  /** Can what all its readers refuse still be refused where it is handed over? Else a report says so. */
  readonly refusesAtDoor: boolean
}
