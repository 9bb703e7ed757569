/**
 * Every bound of the receiver, by name. The defaults suit a server that takes mail from strangers.
 */
export interface SmtpLimits {
  /** Octets of a command line, CRLF included, before what extensions add: RFC 5321 §4.5.3.1.4. */
  readonly commandLine: number
  /** Octets of an AUTH line and of each line of its exchange, CRLF included, where somebody signs in: RFC 4954 §4. */
  readonly authLine: number
  /** Octets of a text line without its CRLF. RFC 5321 §4.5.3.1.6 obliges to 998; real senders write longer ones. */
  readonly textLine: number
  /** Octets of a message as it is kept: dot-stuffing removed. */
  readonly messageBytes: number
  /**
   * Octets that are read and dropped: of messages that broke a rule (each from its first octet), of chunks out of
   * turn and of lines that are none, since the last message that was whole. Beyond it the connection ends.
   */
  readonly swallowedBytes: number
  /** Recipients of one transaction; at least 100 by RFC 5321 §4.5.3.1.8. */
  readonly recipients: number
  /** Messages (MAIL commands granted) of one connection. */
  readonly transactions: number
  /** Commands since the last message was taken, those that carry mail forward (MAIL, RCPT, DATA, BDAT) apart. */
  readonly idleCommands: number
  /** Replies 5xx of one connection. */
  readonly errors: number
}

/** What a server that takes messages of up to `messageBytes` may drop at most. */
export const swallowedFor = (messageBytes: number): number => 2 * messageBytes

const messageBytes = 52_428_800

export const defaultSmtpLimits: SmtpLimits = {
  commandLine: 512,
  authLine: 12_288,
  textLine: 65_536,
  messageBytes,
  swallowedBytes: swallowedFor(messageBytes),
  recipients: 1_000,
  transactions: 1_000,
  idleCommands: 100,
  errors: 50,
}

/**
 * What extensions add to a MAIL line: SIZE 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2), SMTPUTF8 10
 * (RFC 6531 §3.1), REQUIRETLS 11 (RFC 8689 §2), RET and ENVID 113 (their longest: " RET=HDRS" and " ENVID="
 * with 100 characters).
 */
export const mailLineAllowance = 26 + 17 + 10 + 11 + 113
/** What AUTH= adds to a MAIL line, where signing in is offered: RFC 4954 §3. */
export const authParameterAllowance = 500
/** What HOLDUNTIL= adds to it there, the longer one of the two (RFC 4865 §3): a time with nine digits behind the second. */
export const holdParameterAllowance = 11 + 30
/** NOTIFY and ORCPT on a RCPT line: " NOTIFY=SUCCESS,FAILURE,DELAY" and " ORCPT=" with 500 characters. */
export const rcptLineAllowance = 29 + 507
/** Octets of a path between its angle brackets. RFC 5321 §4.5.3.1.3 obliges to 256; bounce addresses outgrow it. */
export const maxPath = 320
/** RFC 5321 §4.5.3.1.2. */
export const maxDomain = 255
/** Octets of one label: RFC 1035 §2.3.4. */
export const maxLabel = 63
/** Characters of an ENVID, encoded: RFC 3461 §4.4. */
export const maxEnvid = 100
/** Characters of an ORCPT, encoded: RFC 3461 §4.2. */
export const maxOrcpt = 500
/** Parameters of one MAIL or RCPT. */
export const maxParameters = 16
/** A BDAT chunk below this that is not the last counts as an idle command. */
export const smallChunk = 1_024
