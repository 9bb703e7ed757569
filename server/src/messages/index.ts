/**
 * Messages as they are kept: sealed bodies, sealed entries, mailboxes, threads, and the log of changes
 *. Owns the tables mail_state, mailbox, email, membership, body, idx_entry, thread_ref,
 * thread_merge and change. What comes in goes through `keep`; what a live session reads, through `read`.
 */

export type { Alongside, RowLocks, RowPlace } from "./alongside.ts"
export { DamagedBodyError } from "./bodies/open-chunk.ts"
export { createContents } from "./contents.ts"
export type { Criterion } from "./criteria.ts"
export { bodyChunkBytes, cutBody, type Delivery, type Destination, toInbox } from "./delivery.ts"
export { type EntryScreening, prepareEntry } from "./entry.ts"
export { createKeep, type Keep } from "./keep.ts"
export type * from "./mail.ts"
export { type MailFacts, mailFacts } from "./mail-facts.ts"
export { createFirstMailboxes, listMailboxes, type MailboxRole } from "./mailboxes.ts"
export { leaseMaildrop, MAILDROP_RENEWAL_MS, type MaildropLease } from "./maildrop-lease.ts"
export { changesChannel, readNotification } from "./notifications.ts"
export {
  emailObjectId,
  mailboxObjectId,
  readEmailObjectId,
  readThreadObjectId,
  threadObjectId,
} from "./object-ids.ts"
export { createMail, type MailParts } from "./open-mail.ts"
export { opensNot } from "./opens-not.ts"
export { readOwnTrace, screeningField } from "./own-trace.ts"
export { createPlacing, type FoundPlace, type Places, type Placing } from "./placing.ts"
export { createQuotas, type Quotas, setQuota } from "./quota.ts"
export {
  findMessage,
  type ListedMessage,
  listMessages,
  newestEmail,
  newestMessages,
  openBody,
} from "./read.ts"
export { dropOldChanges } from "./retention.ts"
export { dropOverdueSegments, openSealedIndex, type SealedIndex, type Summary } from "./sealed-index/index.ts"
export { countMail, sealedSizeOf } from "./sizes.ts"
export { threadIdsOf } from "./thread-ids.ts"
export { fromTheServer, writtenHere } from "./written-here.ts"
