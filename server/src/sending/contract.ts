import type { Release } from "@letterkeep/smtp"
import type { MailAddress, MailContent, PeerWord } from "../privacy/index.ts"
import type { AccountId, TableRows } from "../store/index.ts"

/** The words that the parts of sending have in common. */

/** Random, below 2^53; names one message in the queue, in its history and in the log. */
export type MailId = number

/** One message on its way out, before it is in the queue. */
export interface OutgoingMail {
  /** Whose act it is: who hears of a failure, and is shown its history. */
  readonly account: AccountId
  readonly reversePath: MailAddress
  /** Each once. At most 1,000. */
  readonly recipients: readonly OutgoingRecipient[]
  /** As it shall arrive, unsigned: pieces that follow one another. */
  readonly parts: readonly MailContent<Uint8Array>[]
  /** Octets of all parts. */
  readonly size: number
  /** The domain that signs it, of ours; undefined where nobody does. Lower case. */
  readonly signedBy: string | undefined
  /** Does its header need SMTPUTF8? Addresses are looked at in each transaction. */
  readonly smtputf8: boolean
  readonly body: "7BIT" | "8BITMIME"
  readonly requireTls: boolean
  readonly ret?: "FULL" | "HDRS"
  readonly envid?: PeerWord
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** Not tried before; undo and a send time. */
  readonly notBefore: number
  /** The time to send that its writer asked for. */
  readonly release?: Release
  /** Given up then. */
  readonly expiresAt: number
  /** Why it is sent: what of a failure is told to whom hangs on it. */
  readonly kind:
    | "submitted"
    | "forwarded"
    | "reply"
    | "report"
    /** RFC 8460: goes where TLS fails, too, and goes signed or not at all. */
    | "tls-report"
}

export interface OutgoingRecipient {
  readonly address: MailAddress
  /** RFC 3461 §4.2: type ";" xtext, as it was given. */
  readonly orcpt?: MailAddress
  readonly notify?: readonly ("never" | "success" | "failure" | "delay")[]
  /** Had their mailbox here when it was handed in, and is given it there when its time comes. All others are elsewhere. */
  readonly isHere?: boolean
}

/** A message that is sealed and ready to be written, in the same transaction as whatever belongs to it. */
export interface QueuedRows {
  readonly mail: MailId
  /** Adds them to those of its group, once. */
  readonly addTo: (tables: TableRows) => void
  /** Of all rows together. */
  readonly bytes: number
}

/** A message with those of its recipients that go to one domain: what one worker has in hand, under a lease. */
export interface Claimed {
  readonly account: AccountId
  readonly mail: MailId
  readonly kind: OutgoingMail["kind"]
  /** What the recipients' addresses say behind the "@", in lower case, A-labels. */
  readonly domain: string
  /** The keyed hash that stands for the domain in the database, 32 hexadecimal digits. */
  readonly destination: string
  /** By this the database knows whose hands it is in. */
  readonly lease: number
  readonly reversePath: MailAddress
  readonly recipients: readonly ClaimedRecipient[]
  readonly size: number
  readonly signedBy: string | undefined
  readonly smtputf8: boolean
  readonly body: "7BIT" | "8BITMIME"
  readonly requireTls: boolean
  readonly ret?: "FULL" | "HDRS"
  readonly envid?: PeerWord
  readonly receivedAt: number
  readonly notBefore: number
  readonly expiresAt: number
  /** How its writer asked for a time to send, as a report has it: RFC 4865. */
  readonly releaseAsked?: string
  /** The whole message, unsigned. Rejects where it is damaged or gone. */
  readonly text: () => Promise<MailContent<Buffer>>
}

export interface ClaimedRecipient extends OutgoingRecipient {
  /** Its number in the message. */
  readonly no: number
  /** Tries before this one. */
  readonly attempts: number
  /** The sender was told that it takes long. */
  readonly toldOfDelay: boolean
}

/** What came of one try for one recipient. */
export type Tried =
  /** Somebody else has it now. */
  | {
      readonly kind: "handed-over"
      readonly by: Contact
      readonly reply: FarWord
      readonly dsnPassedOn: boolean
    }
  /** It may work later. */
  | { readonly kind: "not-now"; readonly why: WhyNot; readonly by?: Contact; readonly reply?: FarWord }
  /** It will never work. */
  | { readonly kind: "never"; readonly why: WhyNot; readonly by?: Contact; readonly reply?: FarWord }

/** Whom we spoke with. */
export interface Contact {
  /** Its name, lower case. */
  readonly host: string
  readonly ip: string
  /** "TLSv1.3"; undefined in the clear. */
  readonly tls: string | undefined
  /** By what its certificate was held to be right. */
  readonly verified: "dane" | "mta-sts" | "name" | undefined
}

/** What the far side said. */
export interface FarWord {
  readonly code: number
  /** "5.1.1" */
  readonly enhanced: string | undefined
  /** Its lines joined by blanks, control characters taken out, at most 500 characters. */
  readonly text: string
}

export type WhyNot =
  | "refused"
  /** RFC 7505. */
  | "null-mx"
  | "no-such-domain"
  /** The domain's records name this server, which does not know it. */
  | "loops-back"
  | "dns-failed"
  /** No server of the domain could be reached. */
  | "unreachable"
  | "timed-out"
  | "connection-lost"
  /** A far side that does not speak SMTP. */
  | "nonsense"
  | "no-tls"
  /** DANE, MTA-STS or REQUIRETLS asks for a certificate that was not shown. */
  | "unverified"
  | "needs-smtputf8"
  | "needs-8bitmime"
  /** The far side does not pass the demand for TLS on: RFC 8689. */
  | "needs-requiretls"
  | "too-big"
  /** Our own: no agreement, no key, a damaged row. */
  | "trouble-here"
  | "expired"
  /** Whoever runs the server, or its sender, took it out. */
  | "taken-out"
