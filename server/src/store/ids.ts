/**
 * Ids that must not be swapped for one another. All are whole numbers from 1 on, below 2^53; the database
 * holds them as `bigint` (`int` for mailboxes).
 */
declare const brand: unique symbol
type Id<Name extends string> = number & { readonly [brand]: Name }

export type OrgId = Id<"OrgId">
export type AccountId = Id<"AccountId">
export type MailboxId = Id<"MailboxId">
export type EmailId = Id<"EmailId">
export type ThreadId = Id<"ThreadId">
export type Uid = Id<"Uid">
export type ModSeq = Id<"ModSeq">

/** Takes a number that came from the database, or from a parser that has checked it, as an id. */
export function asId<T extends Id<string>>(value: number): T {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an id: ${value}`)
  return value as T
}
