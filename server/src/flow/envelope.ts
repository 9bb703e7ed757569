import type { IpAddress, MailAddress, PeerWord } from "../privacy/index.ts"
import type { MailId } from "../sending/index.ts"
import type { AccountId } from "../store/ids.ts"

/** What a door knows of a message before its first byte (RFC 5321 §2.3.1), addresses already checked. */
export interface Envelope {
  readonly source: { readonly ip: IpAddress; readonly port: number }
  /** What the peer called itself in HELO or EHLO, as it wrote it. */
  readonly helo: PeerWord
  /** The "with" of the Received field: RFC 3848, RFC 6531 §3.7.3. */
  readonly protocol: "SMTP" | "ESMTP" | "ESMTPS" | "UTF8SMTP" | "UTF8SMTPS"
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** "" is the null reverse-path. */
  readonly reversePath: MailAddress
  /** One or more. */
  readonly recipients: readonly EnvelopeRecipient[]
  readonly smtputf8: boolean
  readonly body: "7BIT" | "8BITMIME" | "BINARYMIME"
  /** RFC 8689. */
  readonly requireTls: boolean
  /** Octets, from SIZE= (RFC 1870). */
  readonly declaredSize?: number
  /** RFC 3461 §4.4. */
  readonly envid?: PeerWord
}

export interface EnvelopeRecipient {
  readonly accountId: AccountId
  /** As the peer gave it, a subaddress included, but for the tag of `sentMail`. */
  readonly address: MailAddress
  /** The address was the return path of this message of theirs, by the tag that it had. */
  readonly sentMail?: MailId
  /** RFC 3461 §4.2. */
  readonly orcpt?: MailAddress
  /** RFC 3461 §4.1. */
  readonly notify?: readonly ("never" | "success" | "failure" | "delay")[]
}

export type RecipientAnswer =
  | ({ readonly kind: "local" } & Pick<EnvelopeRecipient, "accountId" | "address" | "sentMail">)
  | { readonly kind: "unknown" }
  | { readonly kind: "not-ours" }
  | { readonly kind: "over-quota" }
  | { readonly kind: "busy" }

/** One message on its way in. */
export interface Incoming {
  /** Bytes of the message, in order, dot-stuffing removed. The chunk is kept: the caller must not use it again. */
  write(chunk: Uint8Array): void
  /** Resolves only when the message is durable, or will not be kept. Never rejects. */
  finish(): Promise<Outcome>
  /** The peer has gone, or broke the rules: nothing is kept. */
  abandon(): void
}

export type Outcome =
  /** Durable for all recipients. `id` names it in the log. */
  | { readonly kind: "kept"; readonly id: string }
  /** Will never be kept; `text` is for the sender. */
  | {
      readonly kind: "refused"
      readonly code: "policy" | "loop" | "content" | "too-large"
      readonly text: string
    }
  /** Not now; the peer should try again. */
  | { readonly kind: "later"; readonly why: "store" | "room" | "dns" | "busy" }

/** What a door that takes mail from strangers needs of the house. */
export interface Receive {
  /** May mail for this address come in? `declaredSize` in octets, where the peer said it. */
  recipient(address: MailAddress, declaredSize?: number): Promise<RecipientAnswer>
  /** `low` from the low-water mark of the disk on: no message should be begun. */
  room(): "enough" | "low"
  begin(envelope: Envelope): Incoming
}
