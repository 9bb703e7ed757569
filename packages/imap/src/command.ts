/**
 * What a client asks, as values: one type a command, after the grammar has been read (RFC 9051 §9 and the
 * extensions' own). Strings are as the client meant them, quoting and literals undone. Mailbox names are still in
 * their form on the wire: `mailboxNameOf` reads them, since that depends on what the client has enabled.
 */
import type { FetchItem } from "./fetch-item.ts"
import type { SearchKey } from "./search-key.ts"
import type { SequenceSet } from "./sequence-set.ts"

export type StatusItem =
  | "MESSAGES"
  | "RECENT"
  | "UIDNEXT"
  | "UIDVALIDITY"
  | "UNSEEN"
  | "DELETED"
  | "DELETED-STORAGE"
  | "SIZE"
  | "HIGHESTMODSEQ"
  | "MAILBOXID"
  | "APPENDLIMIT"

/** RFC 7162 §3.2.5: what the client knows of the mailbox that it opens again. */
export interface Qresync {
  readonly uidValidity: number
  readonly modseq: number
  readonly knownUids: SequenceSet | undefined
  /** Message numbers and the UIDs that they had, pairwise, ascending. */
  readonly known: { readonly numbers: SequenceSet; readonly uids: SequenceSet } | undefined
}

export interface SelectOptions {
  readonly condstore: boolean
  readonly qresync: Qresync | undefined
}

/** One message of APPEND or REPLACE. */
export interface NewMessage {
  readonly flags: readonly string[]
  /** Milliseconds since 1970; undefined where the client gives none. */
  readonly internalDate: number | undefined
  /** As it came, in pieces. */
  readonly pieces: readonly Uint8Array[]
  readonly octets: number
  /** It came as literal8 (BINARY) or inside UTF8 (…) (RFC 6855 §4). */
  readonly form: "literal" | "literal8" | "utf8"
}

/** RFC 5258 §3, RFC 6154 §2, RFC 5819. */
export interface ListQuestion {
  readonly reference: string
  readonly patterns: readonly string[]
  /** Any of the extended forms was used: a single pattern "" then asks for nothing special. */
  readonly extended: boolean
  readonly select: {
    readonly subscribed: boolean
    readonly remote: boolean
    readonly recursiveMatch: boolean
    readonly specialUse: boolean
  }
  readonly give: {
    readonly subscribed: boolean
    readonly children: boolean
    readonly specialUse: boolean
    readonly status: readonly StatusItem[] | undefined
  }
}

export type SearchReturn = "MIN" | "MAX" | "ALL" | "COUNT" | "SAVE"

export interface SearchQuestion {
  readonly uid: boolean
  /** Undefined: RETURN was not written. Empty: RETURN (), which means ALL (RFC 4731 §3.1). */
  readonly give: readonly SearchReturn[] | undefined
  /** As written, upper case; undefined where none is. */
  readonly charset: string | undefined
  readonly key: SearchKey
}

export type SortField = "ARRIVAL" | "CC" | "DATE" | "FROM" | "SIZE" | "SUBJECT" | "TO"

export interface SortKey {
  readonly field: SortField
  readonly reverse: boolean
}

export type ThreadAlgorithm = "ORDEREDSUBJECT" | "REFERENCES"

/** A message set, by message number or by UID. */
export interface Named {
  readonly uid: boolean
  readonly set: SequenceSet
}

export type Command =
  // Any state
  | { readonly name: "CAPABILITY" }
  | { readonly name: "NOOP" }
  | { readonly name: "LOGOUT" }
  | { readonly name: "ID"; readonly pairs: readonly (readonly [name: string, value: string | undefined])[] }
  // Before sign-in
  | { readonly name: "STARTTLS" }
  | { readonly name: "LOGIN"; readonly user: string; readonly password: string }
  /** `initial`: decoded from base64, empty for "="; undefined where none came (RFC 4959). */
  | { readonly name: "AUTHENTICATE"; readonly mechanism: string; readonly initial: Buffer | undefined }
  // After sign-in
  | { readonly name: "ENABLE"; readonly capabilities: readonly string[] }
  | { readonly name: "COMPRESS"; readonly mechanism: string }
  | { readonly name: "NAMESPACE" }
  | { readonly name: "SELECT" | "EXAMINE"; readonly mailbox: string; readonly options: SelectOptions }
  /** `use`: special-use attributes such as `\Archive` (RFC 6154 §3). */
  | { readonly name: "CREATE"; readonly mailbox: string; readonly use: readonly string[] }
  | { readonly name: "DELETE"; readonly mailbox: string }
  | { readonly name: "SUBSCRIBE" | "UNSUBSCRIBE"; readonly mailbox: string }
  | { readonly name: "RENAME"; readonly from: string; readonly to: string }
  | { readonly name: "LIST"; readonly question: ListQuestion }
  | { readonly name: "LSUB"; readonly reference: string; readonly pattern: string }
  | { readonly name: "STATUS"; readonly mailbox: string; readonly items: readonly StatusItem[] }
  | { readonly name: "APPEND"; readonly mailbox: string; readonly messages: readonly NewMessage[] }
  | { readonly name: "IDLE" }
  | { readonly name: "GETQUOTA"; readonly root: string }
  | { readonly name: "GETQUOTAROOT"; readonly mailbox: string }
  | {
      readonly name: "SETQUOTA"
      readonly root: string
      readonly limits: readonly (readonly [string, number])[]
    }
  // With a mailbox open
  | { readonly name: "CHECK" }
  | { readonly name: "CLOSE" }
  | { readonly name: "UNSELECT" }
  /** `uids`: UID EXPUNGE (RFC 4315). */
  | { readonly name: "EXPUNGE"; readonly uids: SequenceSet | undefined }
  | { readonly name: "SEARCH"; readonly question: SearchQuestion }
  | { readonly name: "SORT"; readonly question: SearchQuestion; readonly by: readonly SortKey[] }
  | { readonly name: "THREAD"; readonly question: SearchQuestion; readonly algorithm: ThreadAlgorithm }
  | {
      readonly name: "FETCH"
      readonly messages: Named
      readonly items: readonly FetchItem[]
      readonly changedSince: number | undefined
      readonly vanished: boolean
    }
  | {
      readonly name: "STORE"
      readonly messages: Named
      readonly change: "set" | "add" | "remove"
      readonly silent: boolean
      readonly flags: readonly string[]
      readonly unchangedSince: number | undefined
    }
  | { readonly name: "COPY" | "MOVE"; readonly messages: Named; readonly mailbox: string }
  /** RFC 8508: one message, by number or UID ("*": the last). */
  | {
      readonly name: "REPLACE"
      readonly uid: boolean
      readonly number: number | "*"
      readonly mailbox: string
      readonly message: NewMessage
    }

export type CommandName = Command["name"]
/** One command of the union by its name. */
export type CommandOf<N extends CommandName> = Extract<Command, { readonly name: N }>
