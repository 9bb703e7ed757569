/**
 * IMAP4rev2 and rev1 as values (RFC 9051, RFC 3501 and extensions): bytes in, commands out; values in, responses
 * out. No I/O, no clock, no chance.
 */
export * from "./command.ts"
export * from "./fetch-item.ts"
export * from "./search-key.ts"
export * from "./sequence-set.ts"
