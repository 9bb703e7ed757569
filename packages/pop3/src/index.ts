/**
 * POP3 for servers (RFC 1939, with RFC 2449, RFC 2595, RFC 3206, RFC 5034): octets of a client in, commands out; values
 * in, responses and messages as they go over the wire out. Nothing here waits, and no client can make it hold more
 * than one line.
 */
export type { Command, CommandOf } from "./command.ts"
export { CommandReader, defaultReaderLimits, type Heard, type ReaderLimits } from "./command-reader.ts"
export { DotStuffer } from "./dot-stuffer.ts"
export { type ErrorCode, endOfList, failed, ok } from "./responses.ts"
export { TopCutter } from "./top-cutter.ts"
export { uniqueId } from "./unique-id.ts"
