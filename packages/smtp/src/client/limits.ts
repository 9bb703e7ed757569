/**
 * Every bound of the sending side, by name, and how long to wait for whom.
 */
export interface ClientLimits {
  /**
   * Octets of one line of a reply, CRLF included. RFC 5321 §4.5.3.1.5 obliges to 512; challenges of AUTH are longer
   * (RFC 4954 §4).
   */
  readonly replyLine: number
  /** Lines of one reply. */
  readonly replyLines: number
  /** Octets of one reply with all its lines. */
  readonly replyBytes: number
  /** Characters of a reply that an outcome keeps: a far side may say much to each of many recipients. */
  readonly keptText: number
  /** Recipients of one transaction; more in one envelope are a mistake of the owner. */
  readonly recipients: number
  /** Transactions of one connection; then QUIT is said. The far side may allow fewer (RFC 9422 §4.1). */
  readonly transactions: number
  /** Chunks of BDAT that are sent and not answered yet. */
  readonly chunksInFlight: number
  /** Octets that the owner gives of a message at once. */
  readonly textPiece: number
  /** Challenges of one AUTH exchange. */
  readonly challenges: number
}

export const defaultClientLimits: ClientLimits = {
  replyLine: 8_192,
  replyLines: 128,
  replyBytes: 32_768,
  keptText: 2_000,
  recipients: 1_000,
  transactions: 100,
  chunksInFlight: 8,
  textPiece: 1_048_576,
  challenges: 8,
}

/** Octets of an AUTH line with its first message; a longer message waits to be asked for: RFC 4954 §4. */
export const authLine = 512

const minutes = 60_000

/**
 * How long the owner waits at least, in milliseconds, for each state that `SmtpClient.waitingFor` names: RFC 5321
 * §4.5.3.2. The machine runs no clock. `text` is for each piece that is written; `handshake` is our own choice.
 */
export const clientWaits = {
  greeting: 5 * minutes,
  ehlo: 5 * minutes,
  helo: 5 * minutes,
  starttls: 5 * minutes,
  handshake: minutes,
  auth: 5 * minutes,
  reset: 5 * minutes,
  mail: 5 * minutes,
  rcpt: 5 * minutes,
  data: 2 * minutes,
  text: 3 * minutes,
  chunk: 3 * minutes,
  "message-end": 10 * minutes,
  "empty-end": 10 * minutes,
  quit: minutes,
} as const
