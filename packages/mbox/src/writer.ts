/** One message as an entry of an mboxrd file. Entries are simply put behind one another. */

export interface MboxEnvelope {
  /** Reverse-path without angle brackets; "" is written as MAILER-DAEMON. */
  readonly sender: string
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly receivedAt: number
}

const FROM = Buffer.from("From ")
const QUOTE = Buffer.from(">")
const LINE_FEED = Buffer.from("\n")
const LINE_END = Buffer.from("\r\n")
const LF = 10
const GREATER = 62

/** Pieces to write in order; those of the message are views of it, not copies. */
export function mboxEntry(envelope: MboxEnvelope, message: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [
    Buffer.from(`From ${senderWord(envelope.sender)} ${asctime(envelope.receivedAt)}\n`),
  ]
  let from = 0
  let found = message.indexOf(FROM)
  while (found !== -1) {
    let lineStart = found
    while (lineStart > 0 && message[lineStart - 1] === GREATER) lineStart--
    if (lineStart === 0 || message[lineStart - 1] === LF) {
      pieces.push(message.subarray(from, lineStart), QUOTE)
      from = lineStart
    }
    found = message.indexOf(FROM, found + FROM.length)
  }
  pieces.push(message.subarray(from))
  if (message.length > 0 && message[message.length - 1] !== LF) pieces.push(LINE_END)
  pieces.push(LINE_FEED)
  return pieces
}

/** A space would end the sender, a line end the line. */
function senderWord(sender: string): string {
  const word = sender.replace(/[\s\0-\x1f\x7f]+/g, "-")
  return word === "" ? "MAILER-DAEMON" : word
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** As C's asctime writes it, in UTC (RFC 4155, "timestamp"). */
function asctime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, "0")
  const day = String(date.getUTCDate()).padStart(2, " ")
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`
}
