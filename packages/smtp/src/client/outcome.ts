import type { EnhancedCode } from "../reply.ts"
import type { FarReply } from "./far-reply.ts"
import type { ReplyFault } from "./reply-reader.ts"

/** What the far side is to answer, or is to be done, next. */
export type ClientStep =
  | "greeting"
  | "ehlo"
  | "helo"
  | "starttls"
  | "auth"
  | "reset"
  | "mail"
  | "rcpt"
  | "data"
  /** Text is under way after 354, and its end is not sent. */
  | "text"
  /** A chunk of BDAT that is not the last. */
  | "chunk"
  | "message-end"
  /** The end of the empty message that RFC 2920 §3.1 asks for when DATA was granted for nobody. */
  | "empty-end"
  | "quit"

/** How it ended for one recipient. */
export type RecipientOutcome =
  /** The message is theirs; `reply` is the one to its end. */
  | { readonly kind: "accepted"; readonly reply: FarReply }
  /** They said no, to this recipient or to all, at `step`. */
  | {
      readonly kind: "refused"
      readonly temporary: boolean
      readonly step: ClientStep
      readonly reply: FarReply
    }
  /** It was not tried, or broken off by us, since it cannot be sent to this server as it is. */
  | { readonly kind: "impossible"; readonly why: Obstacle; readonly enhanced: EnhancedCode }
  /** One too many for the far side's RCPTMAX: send it in a transaction of its own. */
  | { readonly kind: "left-over" }
  /**
   * The connection ended first: try again. `uncertain`: the whole message had been sent, so it may have arrived, and
   * may arrive twice.
   */
  | { readonly kind: "unanswered"; readonly step: ClientStep; readonly uncertain: boolean }

/** Why a message cannot go to this server, whatever it would answer. */
export type Obstacle =
  | "needs-8bitmime"
  | "needs-smtputf8"
  | "needs-requiretls"
  | "needs-verified-tls"
  | "too-big"
  /** The text that the owner gave has a CR or LF outside a CRLF. */
  | "bare-newline"

/** What a far side did that SMTP does not know. */
export type FarFault =
  | ReplyFault
  /** A reply to nothing. */
  | "unsolicited-reply"
  /** A reply whose first digit makes no sense where it stands. */
  | "unexpected-reply"
  /** A verdict on a message whose end was not sent. */
  | "early-reply"
  /** Octets between the 220 to STARTTLS and the handshake. */
  | "talks-before-tls"
  /** 235 before the mechanism had heard what the server owes: somebody passes for it, perhaps. */
  | "unproven-server"
  /** A challenge that is not base 64, or one too many. */
  | "bad-challenge"

/** Why nothing more is said. The transport is to be closed, once the output is written. */
export type ClientEnd =
  | { readonly kind: "quit" }
  /** The far side does not talk to us, will not sign us in, or says 421. `mechanism`: the one by which it did not, at `auth`. */
  | {
      readonly kind: "refused"
      readonly step: ClientStep | "ready"
      readonly reply: FarReply
      readonly mechanism?: string
    }
  /** TLS was required. `reply` is there where the far side refused it, and not where it does not offer it. */
  | { readonly kind: "no-tls"; readonly reply?: FarReply }
  /** Nothing to sign in with: no TLS, no AUTH, or no mechanism in common. */
  | { readonly kind: "no-auth" }
  | { readonly kind: "fault"; readonly step: ClientStep | "ready"; readonly fault: FarFault }
  /** The owner said that the connection is gone. */
  | { readonly kind: "lost"; readonly step: ClientStep | "ready" | "handshake" }
  /** The owner's text was unfit in mid-message: its end must never be sent. */
  | { readonly kind: "broken-off" }
