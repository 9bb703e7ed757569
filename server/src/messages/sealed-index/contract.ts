/** What the index gives to those who list and search: its types. */
import type { Personal } from "../../privacy/index.ts"
import type { EmailId } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import type { Entry } from "../entry.ts"
import type { Structure } from "../structure.ts"
import type { IndexField } from "./fields.ts"

/** Of one message, what a list shows. */
export interface Summary {
  readonly email: EmailId
  /** The body that it describes: 16 bytes. Whoever swaps bodies in the database is noticed by it. */
  readonly bodyId: Buffer
  /** Octets written above the message when it was kept; offsets in `structure` count from behind them. */
  readonly traceBytes: number
  readonly messageBytes: number
  /** A header field or the structure was too long for the limits of an entry: only the body has all of it. */
  readonly cut: boolean
  /** `(…)` as ENVELOPE, BODYSTRUCTURE and BODY want it, ready to be sent; binary strings, one character an octet. */
  readonly envelope: string
  readonly bodyStructure: string
  readonly body: string
  readonly preview: string
  /** The header fields that an entry holds, unfolded, encoded words not decoded. Read when asked for, as what follows. */
  fields(): Entry["envelope"]
  structure(): Structure
  screening(): Entry["screening"]
}

export type Question =
  /** Whether any of `fields` holds `text`, which `foldText` gave. Text that is empty is in all of them: all are `perhaps`. */
  | { readonly fields: readonly IndexField[]; readonly text: string }
  /** Whether there is a header field of that name (lower case). */
  | { readonly headerName: string }

export interface FindOptions {
  /** Only messages from and to these, both included. */
  readonly among?: { readonly from: EmailId; readonly to: EmailId } | undefined
  readonly signal?: AbortSignal | undefined
}

/** Ascending, and no message in both. */
export interface Found {
  /** These match. Some may have been deleted. */
  readonly sure: Float64Array
  /** Of these only the fields or the body tell. All that match are in `sure` or here. */
  readonly perhaps: Float64Array
}

/** The index of one account in one live session. Ends with the session: VaultError `session-closed`. */
export interface AccountIndex {
  /**
   * In the order asked, in pages. Undefined where the message has gone, or this sign-in does not open it: it came
   * before an administrator's reset. Throws VaultError `not-authentic` where a message stands beside another's body:
   * somebody else wrote in the database. `bodies`: theirs, where who asks has just read them.
   */
  summaries(
    emails: readonly EmailId[],
    bodies?: readonly Buffer[],
  ): AsyncIterable<readonly (Personal<"user.content.private.mail", Summary> | undefined)[]>
  find(question: Question, options?: FindOptions): Promise<Found>
  /** An answer to each; asked together they cost less. */
  findEach(questions: readonly Question[], options?: FindOptions): Promise<readonly Found[]>
  /** Mail has come, or something was deleted: looks, in the background, whether a merge is due. */
  news(): void
  /** All merges that are due; resolves when nothing is, or another session is at it. It happens by itself too. */
  merge(): Promise<void>
  /** Drops what it keeps in memory; runs by itself when the session ends. */
  close(): void
}

export interface SealedIndex {
  /** The same for the same session. Merges run in the background as long as it is live. */
  forSession(session: VaultSession): AccountIndex
  /** Waits for a merge that runs, or undoes it. */
  close(): Promise<void>
}
