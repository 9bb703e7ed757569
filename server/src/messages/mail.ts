/**
 * One account's mail in one live session, as the doors of mail programs and the web see it. All that changes
 * something is durable, and told to the other sessions, when it resolves.
 *
 * A message in a mailbox is a membership (`uid`) of an email (`email`): what a mailbox holds is `\Deleted`, UID and
 * the time it came there; everything else, keywords too, belongs to the email and shows in all its mailboxes.
 */
import type { MailContent, Permit, Personal } from "../privacy/index.ts"
import type { AccountId, EmailId, MailboxId, ModSeq, ThreadId, Uid } from "../store/index.ts"
import type { Criterion } from "./criteria.ts"
import type { MailboxRole } from "./mailboxes.ts"
import type { Summary } from "./sealed-index/index.ts"

export interface MailboxInfo {
  readonly id: MailboxId
  /**
   * The whole path, its levels parted by "/", in Unicode (NFC). The inbox is "INBOX". A name tells what a person has
   * mail about: it is content.
   */
  readonly name: MailContent<string>
  readonly role: MailboxRole | null
  readonly subscribed: boolean
  readonly uidValidity: number
  readonly uidNext: number
  readonly total: number
  readonly unseen: number
  /** Messages marked `\Deleted`. */
  readonly deleted: number
  readonly bytes: number
  /** The newest change in it, for HIGHESTMODSEQ. */
  readonly modseq: ModSeq
}

/** What stands in a mailbox at one moment. The arrays are parallel, ascending by UID. */
export interface Snapshot {
  readonly mailbox: MailboxInfo
  /** Everything up to this change is in it. */
  readonly modseq: ModSeq
  readonly uids: Uint32Array
  readonly emails: Float64Array
}

export interface MessageRow {
  readonly uid: Uid
  readonly email: EmailId
  readonly thread: ThreadId
  /** Of the membership or the email, whichever changed later. */
  readonly modseq: ModSeq
  readonly size: number
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly savedAt: number
  /** Lower case; the system flags as JMAP writes them: $seen, $answered, $flagged, $draft. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
  /** Where its body lies: 16 bytes. */
  readonly body: Buffer
}

export interface MailboxChanges {
  /** Everything up to this change is told. */
  readonly modseq: ModSeq
  /** New or changed, ascending by UID. */
  readonly messages: readonly MessageRow[]
  /** UIDs that have gone since, ascending; some may never have been known to who asks. */
  readonly vanished: readonly Uid[]
  /** False where `since` is older than the log of changes, or from the future: `vanished` is then not all. */
  readonly complete: boolean
}

/** UIDs, both ends included, ascending and apart from one another. */
export interface UidRange {
  readonly first: number
  readonly last: number
}

export interface FlagChange {
  readonly change: "set" | "add" | "remove"
  /** Lower case, as in MessageRow. */
  readonly keywords: readonly string[]
  readonly deleted: boolean
}

export interface Incoming {
  readonly parts: readonly Uint8Array[]
  readonly keywords: readonly string[]
  readonly deleted: boolean
  /** Milliseconds since 1970; undefined: now. */
  readonly receivedAt: number | undefined
}

export type NoMailbox = { readonly kind: "no-such-mailbox" }
/** Past a limit of ours, whatever the room; nothing was done. `sentence` is for the person. */
export type TooMany = { readonly kind: "too-many"; readonly sentence: string }
export type NoRoom = { readonly kind: "over-quota" } | { readonly kind: "disk-low" }

export type Copied =
  | {
      readonly kind: "copied"
      readonly uidValidity: number
      /** Ascending by the old UID. Those that had gone are not in it. */
      readonly pairs: readonly (readonly [from: Uid, to: Uid])[]
      readonly modseq: ModSeq
    }
  | NoMailbox
  | NoRoom
  /** Copies of messages into a mailbox that holds them. */
  | TooMany

export type Appended =
  | { readonly kind: "appended"; readonly uidValidity: number; readonly uids: readonly Uid[] }
  | NoMailbox
  | NoRoom
  /** Keywords, or messages at once. */
  | TooMany

export type MailboxEdit =
  | { readonly kind: "done"; readonly id: MailboxId }
  /** `sentence` is for the person. */
  | {
      readonly kind: "refused"
      readonly why: "exists" | "no-such-mailbox" | "bad-name" | "not-allowed" | "too-many" | "use-taken"
      readonly sentence: string
    }

export interface QuotaState {
  readonly usedBytes: number
  readonly messages: number
  /** Null: no limit. */
  readonly limitBytes: number | null
}

type Mine<T> = Personal<"user.content.private.mail", T>
type MayRead = Permit<"mail.read">

export interface Mail {
  readonly account: AccountId

  // Mailboxes
  mailboxes(): Promise<readonly MailboxInfo[]>
  /** Makes the levels above it too (RFC 9051 §6.3.4). `role`: its special use. */
  createMailbox(name: string, role?: MailboxRole): Promise<MailboxEdit>
  /**
   * What is in no other mailbox is deleted with it. Mailboxes below it stay, under names whose upper level is then
   * no mailbox (RFC 9051 §6.3.5).
   */
  deleteMailbox(name: string): Promise<MailboxEdit>
  /**
   * With all below it, each under a new UIDVALIDITY; a level that is no mailbox itself can be renamed too. Renaming
   * INBOX moves what is in it (RFC 9051 §6.3.6).
   */
  renameMailbox(from: string, to: string): Promise<MailboxEdit>
  /** Names that are subscribed and whose mailbox has gone; a mailbox that takes such a name is subscribed. */
  goneSubscriptions(): Promise<readonly MailContent<string>[]>
  /** Only of names that are there, or are subscribed. */
  subscribe(name: string, subscribed: boolean): Promise<MailboxEdit>
  quota(): Promise<QuotaState>

  // What is in one
  /** Undefined when there is no such mailbox. */
  snapshot(mailbox: MailboxId): Promise<Snapshot | undefined>
  /** Ascending by UID; in pages, so that memory is bounded. `changedSince`: only those with a newer modseq. */
  rows(
    mailbox: MailboxId,
    uids: readonly UidRange[],
    changedSince?: ModSeq,
  ): AsyncIterable<readonly MessageRow[]>
  changes(mailbox: MailboxId, since: ModSeq): Promise<MailboxChanges | NoMailbox>

  // Content
  /**
   * One for each email, in the order asked; undefined where this sign-in does not open it, or it has gone. `bodies`: of
   * rows that have just been read, which saves a question.
   */
  summaries(
    emails: readonly EmailId[],
    bodies?: readonly Buffer[],
  ): AsyncIterable<readonly (Mine<Summary> | undefined)[]>
  /** Octets [from, to) of a message, in pieces of at most 256 KiB; only the chunks that hold them are opened. */
  body(body: Buffer, from?: number, to?: number): AsyncIterable<Mine<Buffer>>
  /**
   * Whole bodies of many messages on one way from the database, ascending by UID: the lean path for FETCH BODY[].
   * Each body's pieces follow one another; `row` is the same object for all of them. What this sign-in does not open
   * is left out. `uidsAlone`: of the row no more is wanted than its UID and size, so that one may have waited for this
   * question (see bodies/read-ahead.ts).
   */
  bodies(
    mailbox: MailboxId,
    uids: readonly UidRange[],
    uidsAlone?: boolean,
  ): AsyncIterable<{ readonly row: MessageRow; readonly piece: Mine<Buffer>; readonly last: boolean }>
  /**
   * The UIDs, ascending, of the snapshot's messages that match; exact (see criteria.ts). `signal` ends a long one.
   * `modseq`: where the criterion asks by modseq, the newest of those found (RFC 7162 §3.1.5), else the snapshot's.
   */
  search(
    snapshot: Snapshot,
    criterion: Mine<Criterion>,
    permit: MayRead,
    signal: AbortSignal,
  ): Promise<{ readonly uids: Uint32Array; readonly modseq: ModSeq }>

  // Changes
  /**
   * With `unchangedSince`, messages with a newer modseq are left alone and named in `modified` (RFC 7162 §3.1.3).
   * `rows`: all others that are there, as they are afterwards, changed or not.
   */
  store(
    mailbox: MailboxId,
    uids: readonly UidRange[],
    change: FlagChange,
    unchangedSince?: ModSeq,
  ): Promise<
    | {
        readonly kind: "stored"
        /** False where all was so already: `modseq` is then the newest change of the account, whoever made it. */
        readonly changed: boolean
        readonly modseq: ModSeq
        readonly rows: readonly MessageRow[]
        readonly modified: readonly Uid[]
      }
    | NoMailbox
    /** Keywords. */
    | TooMany
  >
  copy(from: MailboxId, uids: readonly UidRange[], to: string): Promise<Copied>
  /** All or none (RFC 6851 §3.3). */
  move(from: MailboxId, uids: readonly UidRange[], to: string): Promise<Copied>
  /** Removes what is marked deleted; with `uids`, of these alone. Resolves to the UIDs, ascending. */
  expunge(
    mailbox: MailboxId,
    uids?: readonly UidRange[],
  ): Promise<{ readonly modseq: ModSeq; readonly uids: readonly Uid[] }>
  /** All or none (RFC 3502). */
  append(to: string, messages: readonly Mine<Incoming>[], permit: Permit<"mail.organise">): Promise<Appended>
  /** Puts one in the place of another, in one step (RFC 8508). */
  replace(
    from: MailboxId,
    uid: Uid,
    to: string,
    message: Mine<Incoming>,
    permit: Permit<"mail.organise">,
  ): Promise<Appended | { readonly kind: "no-such-message" }>
}
