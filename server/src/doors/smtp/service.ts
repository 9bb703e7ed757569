import type { TLSSocket } from "node:tls"
import type { Recipient, Reply } from "@letterkeep/smtp"
import type { PeerWord } from "../../privacy/index.ts"
import type { Peer } from "../entrance/index.ts"
import type { BadMark, Why } from "./abuse.ts"
import type { Times } from "./deadlines.ts"
import type { HeardSender } from "./envelope.ts"
import type { MessageInFlight } from "./message-in-flight.ts"
import type { SignIn } from "./sign-in.ts"

/**
 * What one connection asks of those behind the door. The dialogue is the same for a mail exchange (`mail-exchange.ts`)
 * and for a submission server (`submission.ts`); who may send, to whom, and what becomes of it is theirs.
 */
export interface Service {
  /** How long the peer may take, as it is now. */
  readonly times: Times
  /** There where mail is taken from who signs in alone. */
  readonly signIn?: SignIn
  /** All that was said of an earlier message is forgotten. */
  sender(sender: HeardSender): Verdict | Promise<Verdict>
  recipient(recipient: Recipient): Promise<Verdict>
  /** A message is about to come, for those who were taken. */
  begin(known: Known): Begun | Promise<Begun>
  /** The transaction is over. */
  forget(): void
  /** The connection is over. */
  close(): void
}

export interface Verdict {
  readonly reply: Reply
  /** What the peer's source is blamed for. */
  readonly bad?: BadMark
  /** Said behind the reply: the connection ends. */
  readonly farewell?: { readonly reply: Reply; readonly why?: Why }
}

/** What the dialogue knows when a message begins. */
export interface Known {
  readonly hello: "EHLO" | "HELO"
  readonly helo: PeerWord
  readonly tls: { readonly version: string; readonly cipher: string } | undefined
}

export type Begun =
  | { readonly kind: "begun"; readonly message: MessageInFlight }
  | { readonly kind: "not-now"; readonly verdict: Verdict }

/** What a service needs of its connection. */
export interface Link {
  readonly peer: Peer<BadMark>
  /** The connection's TLS, if it has any yet. */
  readonly tls: () => TLSSocket | undefined
  /** Sends a challenge of AUTH, in base 64; the next line of the peer is the answer. */
  readonly challenge: (text: string) => void
  /** Waits so long, or until the connection is over. */
  readonly pause: (ms: number) => Promise<void>
}
