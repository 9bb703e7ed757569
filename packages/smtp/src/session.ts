import type { Broken } from "./fault.ts"
import type { Profile } from "./profile.ts"
import type { Reply } from "./reply.ts"
import type { Closing, Notice, Question, Sender } from "./request.ts"

/** What the commands of one connection know of one another. Small: strangers hold thousands of these. */
export interface Session {
  readonly profile: Profile
  secure: boolean
  /** Undefined where nobody signs in. */
  readonly signIn: SignInOffer | undefined
  signedIn: boolean
  hello: "EHLO" | "HELO" | undefined
  transaction: Transaction | undefined
  /** MAIL commands granted so far. */
  transactions: number
  /** See `SmtpLimits.idleCommands`. */
  idleCommands: number
}

/** Makes a receiver one of a submission server (RFC 6409 §4.3): mail is taken from who has signed in alone. */
export interface SignInOffer {
  /** The SASL mechanisms that are there on this connection, as it is now; asked at each EHLO. None: no AUTH is offered. */
  readonly mechanisms: () => readonly string[]
}

export interface Transaction {
  readonly sender: Sender
  /** Recipients granted. */
  recipients: number
  /** Recipients refused. */
  refused: number
  /** Octets of the message so far, dot-stuffing removed. */
  bytes: number
  /** A first BDAT was granted: RFC 3030 §2. */
  chunking: boolean
  /** The reply to the message and to every further chunk of it, once it broke a rule. */
  failure: Reply | undefined
}

/** What reading one command led to. */
export type Step =
  | Broken
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "answered"; readonly reply: Reply; readonly notice: Notice }
  | { readonly kind: "close"; readonly reply: Reply; readonly why: Closing }
  /** A chunk of `size` octets follows; `begin` when it is the message's first, `failure` when it is only swallowed. */
  | {
      readonly kind: "chunk"
      readonly size: number
      readonly last: boolean
      readonly begin: boolean
      readonly failure: Reply | undefined
    }

/** Reads the argument of its verb (no line end, no outer blanks) and changes the session where that needs no answer. */
export type Command = (session: Session, argument: string) => Step
