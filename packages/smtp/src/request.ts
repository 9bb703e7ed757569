import type { Fault } from "./fault.ts"
import type { MailParameters } from "./grammar/mail-parameters.ts"
import type { Path } from "./grammar/path.ts"
import type { RcptParameters } from "./grammar/rcpt-parameters.ts"
import type { Reply } from "./reply.ts"

/** A sender, with all that MAIL said. */
export interface Sender extends MailParameters {
  readonly path: Path
}

/** One recipient, with all that RCPT said. */
export interface Recipient extends RcptParameters {
  readonly path: Path
}

/** Asked of the owner: the receiver stands still until `answer`. */
export type Question =
  | { readonly kind: "mail"; readonly sender: Sender }
  | { readonly kind: "rcpt"; readonly recipient: Recipient }
  /** A message is about to come. A positive answer lets it in (its text is not sent: 354 is the receiver's). */
  | { readonly kind: "message-begin"; readonly by: "DATA" | "BDAT" }
  /** The message is whole. The answer is the reply to it. */
  | { readonly kind: "message-end"; readonly bytes: number }
  /**
   * Somebody signs in (RFC 4954 §4), where the receiver offers it: 235 says who is in, 334 has a challenge (base 64) and
   * waits for a line, all else ends the exchange. `initial` is the client's first message as it stands: base 64, or "="
   * for an empty one.
   */
  | { readonly kind: "auth"; readonly mechanism: string; readonly initial?: string }
  /** The client's answer to a challenge, as it stands; answered as `auth` is. */
  | { readonly kind: "auth-response"; readonly text: string }
  /** A positive answer lets the handshake begin; the owner says `secured()` when it is over. */
  | { readonly kind: "starttls" }

/** Told to the owner: nothing to answer. */
export type Notice =
  /** Any transaction before it is over. */
  | { readonly kind: "hello"; readonly verb: "EHLO" | "HELO"; readonly name: string }
  /** Bytes of the message, dot-stuffing removed, CRLF line ends only. A view of what was pushed, where possible. */
  | { readonly kind: "message-bytes"; readonly bytes: Uint8Array }
  /** The message broke a rule; the rest of it is dropped and `reply` answers it in its time. No message-end comes. */
  | { readonly kind: "message-refused"; readonly fault: Fault; readonly reply: Reply }
  /** The client took its AUTH back in the middle of it, and was answered. */
  | { readonly kind: "auth-cancelled" }
  /** RSET: any transaction before it is over. */
  | { readonly kind: "reset" }
  /** NOOP, HELP, VRFY: answered. */
  | { readonly kind: "idle"; readonly verb: string }
  /**
   * A command broke a rule and was answered; `verb` is "" where the line could not be read. It ends the exchange of an
   * AUTH, where one was under way.
   */
  | { readonly kind: "fault"; readonly fault: Fault; readonly reply: Reply; readonly verb: string }
  /** The last of all: nothing more is read. The output may still hold replies. */
  | { readonly kind: "closing"; readonly why: Closing }

export type Closing =
  | "quit"
  | "too-many-errors"
  | "too-many-commands"
  | "too-many-transactions"
  | "too-many-octets"
  | "foreign-protocol"
  | "lost-framing"
  | "by-owner"

export type Request = Question | Notice
