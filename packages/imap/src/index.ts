/**
 * IMAP4rev2 and rev1 as values (RFC 9051, RFC 3501 and extensions): bytes in, commands out; values in, responses
 * out. No I/O, no clock, no chance.
 */

export { type CapabilityMoment, capabilities, capabilityTable } from "./capabilities.ts"
export * from "./command.ts"
export * from "./fetch-item.ts"
export {
  foldInbox,
  hierarchySeparator,
  mailboxNameOf,
  writeMailboxName,
} from "./mailbox/name.ts"
export { mailboxPattern } from "./mailbox/pattern.ts"
export * from "./reader/index.ts"
export * from "./search-key.ts"
export * from "./sequence-set.ts"
export { type BaseSubject, baseSubject } from "./sort/base-subject.ts"
export { readSentDate } from "./sort/sent-date.ts"
export { createSorter, needsEnvelope, type Sorter, type SortMessage } from "./sort/sort.ts"
export type { Thread } from "./thread/thread.ts"
export { createThreader, type Threader } from "./thread/threader.ts"
export { type BodyPart, bodyPartOf, writeBody, writeBodyStructure } from "./write/body-structure.ts"
export { writeEnvelope } from "./write/envelope.ts"
export { internalDate } from "./write/internal-date.ts"
export { appendUidCode, copyUidCode, modifiedCode } from "./write/response-code.ts"
export {
  type ExtendedQuestion,
  type Results,
  writeEsearch,
  writeNumbers,
  writeThreads,
} from "./write/search-response.ts"
export { astring, literal, nstring, quoted, quotedUtf8 } from "./write/string.ts"
export { writeUidSet } from "./write/uid-set.ts"
