/**
 * Delivery status notifications as bytes and values (RFC 3461, RFC 3464, RFC 6522, RFC 6533): letters that say what
 * became of a letter, in words for people and in fields for programs. No input or output, no clock, no chance.
 */
export { type Explanation, explain } from "./explain.ts"
export * from "./limits.ts"
export { mailDate } from "./mail-date.ts"
export { type ReadDsn, readDsn } from "./read.ts"
export type { Action, DeliveryReport, ReportedRecipient } from "./report.ts"
export { classOf, findStatus, readStatus } from "./status.ts"
export { type Typed, typedAddress } from "./typed-value.ts"
export { type ReportQuestion, wantsReport } from "./wants-report.ts"
export { wordsFor } from "./words.ts"
export { type DsnOptions, type WrittenDsn, writeDsn } from "./write.ts"
