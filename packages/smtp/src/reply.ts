/**
 * Replies as values. The receiver writes them; whoever owns it chooses them for what it was asked.
 * Text is printable ASCII: anything else is shown as "?", so a reply can carry no line end of a stranger's.
 */
export type ReplyCode =
  | 214
  | 220
  | 221
  | 235
  | 250
  | 252
  | 334
  | 354
  | 421
  | 450
  | 451
  | 452
  | 454
  | 500
  | 501
  | 502
  | 503
  | 504
  | 521
  | 523
  | 530
  | 535
  | 538
  | 550
  | 551
  | 552
  | 553
  | 554
  | 555

/** RFC 3463 §2: class "." subject "." detail. The class is the first digit of the code. */
export type EnhancedCode = `${2 | 4 | 5}.${number}.${number}`

export interface Reply {
  readonly code: ReplyCode
  /** Absent on greetings, EHLO, 334 and 354: RFC 2034 §4. */
  readonly enhanced?: EnhancedCode
  /** One line, or several; each at most `maxReplyText` characters, longer ones are cut. */
  readonly text: string | readonly string[]
}

/** RFC 5321 §4.5.3.1.5: 512 octets a reply line; room is left for code, enhanced code and CRLF. */
export const maxReplyText = 490
/** A challenge may be longer, and must stay whole: RFC 4954 §4. */
const maxChallengeText = 8_192

const encoded = new WeakMap<Reply, string>()

/** The reply as it goes over the wire, with CRLF. Remembered for replies that are kept as constants. */
export function encodeReply(reply: Reply): string {
  const known = encoded.get(reply)
  if (known !== undefined) return known
  const lines = typeof reply.text === "string" ? [reply.text] : reply.text
  const enhanced = reply.enhanced === undefined ? "" : `${reply.enhanced} `
  let wire = ""
  for (const [at, line] of lines.entries()) {
    // RFC 5321 §4.2.1: all lines but the last have a hyphen after the code.
    wire += `${reply.code}${at === lines.length - 1 ? " " : "-"}${enhanced}${printable(line, reply.code === 334 ? maxChallengeText : maxReplyText)}\r\n`
  }
  encoded.set(reply, wire)
  return wire
}

/** Was what the peer asked for granted, wholly or so far? */
export function isPositive(reply: Reply): boolean {
  return reply.code < 400
}

function printable(line: string, longest: number): string {
  return line.slice(0, longest).replace(/[^\x20-\x7e]/g, "?")
}
