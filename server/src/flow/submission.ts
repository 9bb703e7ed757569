import type { Release } from "@letterkeep/smtp"
import type { IpAddress, MailAddress, PeerWord } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { EnvelopeRecipient, Incoming } from "./envelope.ts"

/** What a door knows of a message that one of the house's people sends, before its first byte (RFC 6409). */
export interface SubmissionEnvelope {
  /** Who is signed in. */
  readonly account: AccountId
  readonly source: { readonly ip: IpAddress; readonly port: number }
  /** What the program called itself in EHLO, as it wrote it. */
  readonly helo: PeerWord
  /** The "with" of the Received field: RFC 3848, RFC 6531 §3.7.3. */
  readonly protocol: "ESMTPA" | "ESMTPSA" | "UTF8SMTPA" | "UTF8SMTPSA"
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** An address of theirs, which `sender` has let pass. */
  readonly reversePath: MailAddress
  /** One or more, which `recipient` has let pass; here or elsewhere. */
  readonly recipients: readonly SubmissionRecipient[]
  readonly smtputf8: boolean
  readonly body: "7BIT" | "8BITMIME"
  /** RFC 8689. */
  readonly requireTls: boolean
  /** RFC 3461 §4.3. */
  readonly ret?: "FULL" | "HDRS"
  /** RFC 3461 §4.4. */
  readonly envid?: PeerWord
  /** It goes to nobody before that, here or elsewhere: RFC 4865 §3. */
  readonly release?: Release
}

export type SubmissionRecipient = Omit<EnvelopeRecipient, "accountId">

export type SenderAnswer =
  | { readonly kind: "yours" }
  /** It is no address of the account, or not one at all: null, too. */
  | { readonly kind: "not-yours" }
  /** The account has sent what it may for now. `seconds` until it may send again. */
  | { readonly kind: "over-limit"; readonly seconds: number }
  | { readonly kind: "busy" }

export type ToAnswer =
  | { readonly kind: "taken" }
  /** A domain of ours without that mailbox. */
  | { readonly kind: "unknown" }
  /** No mail can go there: an address literal, a name without a dot. */
  | { readonly kind: "no-domain" }
  /** A mailbox here that has no room. */
  | { readonly kind: "over-quota" }
  /** The account has used up its recipients for now. */
  | { readonly kind: "over-limit"; readonly seconds: number }
  | { readonly kind: "busy" }

/** What a door that takes mail from the house's own people needs of the house. */
export interface Submit {
  /** May this account send with this return path? */
  sender(account: AccountId, reversePath: MailAddress): Promise<SenderAnswer>
  /** `sofar`: recipients of this message that were taken already; `size`: its octets, as far as the program has named them. */
  recipient(account: AccountId, address: MailAddress, sofar: number, size?: number): Promise<ToAnswer>
  /** `low` from the low-water mark of the disk on: no message should be begun. */
  room(): "enough" | "low"
  /** Its outcome `kept` means: durable, and on its way. */
  begin(envelope: SubmissionEnvelope): Incoming
}
