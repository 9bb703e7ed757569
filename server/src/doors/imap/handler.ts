/**
 * What serves a command, as types: the contract between the connection (this folder), the commands
 * (`commands/`, one a file) and the open mailbox (`selected/`).
 *
 * A command is a function that is given what it needs and no more: its arguments, `out` for untagged data, and of
 * the `Visit` what it uses. It writes its untagged data and resolves to the tagged answer, which the connection
 * writes. It throws only for broken invariants and failed I/O: the connection's one catch makes of a temporary error
 * `NO [UNAVAILABLE]`, of a session that ended BYE, of any other `NO [SERVERBUG]`.
 *
 * News of the open mailbox (EXISTS, EXPUNGE or VANISHED, FETCH) is the connection's to ask for: after each command,
 * before its tagged answer, it calls `SelectedMailbox.tellNews`; so a command tells only what it was asked for and
 * what it changed itself. EXPUNGE does not come during FETCH, STORE, SEARCH, SORT and THREAD by number (RFC 9051
 * §7.5.1), and nothing comes between commands, but while the client idles.
 *
 * For `selected/`: its index.ts exports `selecting: Selecting`, and `serve-visit.ts` calls it; whatever a command of an
 * open mailbox needs beyond this file is its own.
 */
import type { CommandOf } from "@letterkeep/imap"
import type { Mail } from "../../messages/index.ts"
import type { Privacy } from "../../privacy/index.ts"
import type { MailboxId, ModSeq } from "../../store/ids.ts"

/**
 * The tagged answer. `code` is without its brackets: `TRYCREATE`, `APPENDUID 38505 3955`. `text` is a sentence that
 * says what to do where that helps; ASCII. Only `bad` counts against the client.
 */
export interface Answer {
  readonly kind: "ok" | "no" | "bad"
  readonly code?: string
  readonly text: string
}

/** Untagged data to the client, in the order written. */
export interface Out {
  /**
   * Text is a binary string, one character an octet. A buffer is sent as it is: it must not be changed afterwards.
   * Whole lines with their CRLF, in as many pieces as you like.
   */
  write(piece: string | Buffer): void
  /**
   * More waits for the client than one should add to: `await drained()`. Look after each message and each piece of
   * a body: whoever adds 16 MB beyond this mark ends the connection.
   */
  readonly isFull: boolean
  /** Resolves when the client has read enough; rejects with a GoneError when it has gone, or reads no more. */
  drained(): Promise<void>
}

/**
 * A response was begun, or a literal announced, and could not be written to its end: whatever came next would be read as
 * part of it, so the connection ends without a word. Not temporary for the connection; its cause says what went wrong.
 */
export class BrokenLiteralError extends Error {
  override readonly name = "BrokenLiteralError"
  readonly temporary = false
}

/** What ENABLE turns on (RFC 9051 §6.3.1); CONDSTORE also by a command that shows the client knows it (RFC 7162 §3.1). */
export type Feature = "CONDSTORE" | "QRESYNC" | "UTF8=ACCEPT" | "IMAP4REV2"

/** Mailbox names travel as UTF-8 (RFC 9051 §5.1, RFC 6855 §3); `utf8` of mailboxNameOf and writeMailboxName. */
export function namesAreUtf8(enabled: ReadonlySet<Feature>): boolean {
  return enabled.has("UTF8=ACCEPT") || enabled.has("IMAP4REV2")
}

/** A client that has signed in. */
export interface Visit {
  readonly mail: Mail
  /** Commands may add CONDSTORE (and then say HIGHESTMODSEQ: RFC 7162 §3.1). */
  readonly enabled: Set<Feature>
  /** Content opens inside `gate("mail.read", { kind: "account", account: mail.account }, permit => …)`, or "mail.organise". */
  readonly privacy: Pick<Privacy, "gate">
  /** Ended when the client has gone, its session has ended, or the server stops. */
  readonly signal: AbortSignal
  /** Milliseconds since 1970, for WITHIN and for INTERNALDATE. */
  readonly now: () => number
}

/** The commands that need an open mailbox, but for CLOSE and UNSELECT, which the connection serves itself. */
export type MailboxCommand = CommandOf<
  "CHECK" | "EXPUNGE" | "SEARCH" | "SORT" | "THREAD" | "FETCH" | "STORE" | "COPY" | "MOVE" | "REPLACE"
>

export interface NewsHow {
  /** EXPUNGE (or VANISHED) may be written now: otherwise what has gone keeps its number until it may. */
  readonly expunges: boolean
  /**
   * Ask the store even if nobody told of a change: after NOOP, CHECK, APPEND and whatever changed the mailbox
   * itself. Otherwise it is asked only after `changed`.
   */
  readonly look: boolean
}

/** One mailbox, open on one connection: its message numbers, its `$`, what the client knows of it. */
export interface SelectedMailbox {
  readonly id: MailboxId
  /** EXAMINE, or a mailbox that cannot be written to. */
  readonly readOnly: boolean
  /** `tag`: ESEARCH repeats it (RFC 9051 §7.3.4). Throws a BrokenLiteralError where no answer can follow any more. */
  serve(command: MailboxCommand, out: Out, tag: string): Promise<Answer>
  /** Something changed in the account, here or on another node; undefined: news may have been missed. At once. */
  changed(modseq: ModSeq | undefined): void
  /** Writes what is new; "gone" when the mailbox was deleted elsewhere: the connection then says BYE. */
  tellNews(out: Out, how: NewsHow): Promise<"told" | "gone">
  /** Before the tagged answer of a command after which news could not be told, since something failed. */
  withoutNews(out: Out): void
  /** For CLOSE: removes what is marked deleted, without a word (RFC 9051 §6.4.1). Not called when `readOnly`. */
  expungeQuietly(): Promise<void>
}

export type Selected =
  | { readonly kind: "selected"; readonly mailbox: SelectedMailbox; readonly answer: Answer }
  /** No mailbox is open afterwards (RFC 9051 §6.3.2). */
  | { readonly kind: "refused"; readonly answer: Answer }

/** What `selected/index.ts` does for a client that has signed in. */
export interface Selecting {
  /**
   * SELECT and EXAMINE: their untagged data and the answer with READ-WRITE or READ-ONLY. The mailbox that was open
   * is closed, and `* OK [CLOSED]` written, before this is called.
   */
  select(visit: Visit, command: CommandOf<"SELECT" | "EXAMINE">, out: Out): Promise<Selected>
  /**
   * The octets are on the connection's budget until this resolves. News of an open mailbox follows as after any
   * command.
   */
  append(visit: Visit, command: CommandOf<"APPEND">): Promise<Answer>
}
