/**
 * Every bound of the reader, by name. A stranger gets little: one line and one small literal hold LOGIN; who has
 * signed in may name long sets of UIDs and bring messages.
 */
export interface ReaderLimits {
  /** Octets of one line, or of one piece of a line between literals, CRLF included. */
  readonly line: number
  /** Octets of a literal that is a string: a name, a password, a word to search. */
  readonly stringLiteral: number
  /** Octets of a literal that is a message of APPEND or REPLACE. */
  readonly messageLiteral: number
  /** Octets of a literal that does not wait for the server's "+", whatever it is. RFC 7888 §5: LITERAL- has 4096. */
  readonly waitlessLiteral: number
  /** Literals of one command. */
  readonly literals: number
  /** Octets of one command in all, its literals that are no messages included. */
  readonly command: number
  /** Octets of the messages of one APPEND in all (RFC 3502 lets it bring several). */
  readonly messages: number
  /** Octets of a refused command that are read and dropped; beyond it the connection is lost. */
  readonly swallowed: number
}

const messageLiteral = 52_428_800

/** For who has not signed in. */
export const defaultReaderLimits: ReaderLimits = {
  line: 8_192,
  stringLiteral: 4_096,
  messageLiteral: 0,
  waitlessLiteral: 4_096,
  literals: 8,
  command: 16_384,
  messages: 0,
  swallowed: 65_536,
}

/** For who has signed in; the door may set `messageLiteral` and `messages` by its own limits. */
export const signedInReaderLimits: ReaderLimits = {
  line: 65_536,
  stringLiteral: 65_536,
  messageLiteral,
  waitlessLiteral: messageLiteral,
  literals: 256,
  command: 262_144,
  messages: 2 * messageLiteral,
  swallowed: 2 * messageLiteral,
}

/** Literals of one command that are strings: what stands before each is read again when it is announced. */
export const maxStringLiterals = 64
/** Octets of a tag; clients use about five. */
export const maxTag = 128
/** How deep search keys may lie in one another: parentheses, NOT and OR, which chains of OR fill from the right. */
export const maxSearchDepth = 200
/** Search keys of one command. */
export const maxSearchKeys = 2_000
/** Ranges of one sequence set: as many as fit into a line of the signed in, and more. */
export const maxRanges = 32_768
/** Entries of any other list: flags, patterns, items, capabilities, header fields, sort keys. */
export const maxList = 512
/** Numbers of one part path: 1.2.3. */
export const maxPartDepth = 64
/** Pairs of an ID: RFC 2971 §3.3. */
export const maxIdPairs = 30
/** Octets of a field name of an ID: RFC 2971 §3.3. */
export const maxIdField = 30
/** Octets of a value of an ID: RFC 2971 §3.3. */
export const maxIdValue = 1_024
/** Octets of the client's own words in an error's text. */
export const maxEcho = 40
/** Pieces of a message that are smaller are gathered; larger ones are kept as they came. */
export const smallPiece = 4_096
