import type { FarReply } from "./far-reply.ts"

/** What the far side said that it can do: its answer to EHLO (RFC 5321 §4.1.1.1), read. */
export interface Capabilities {
  /** False after HELO, where nothing is offered. */
  readonly extended: boolean
  /** What it calls itself; a stranger's word. */
  readonly name: string
  readonly pipelining: boolean
  /** RFC 1870 §4: the most octets; 0 where it has SIZE and names no fixed bound. */
  readonly size?: number
  readonly eightBitMime: boolean
  readonly smtputf8: boolean
  readonly chunking: boolean
  readonly dsn: boolean
  readonly startTls: boolean
  readonly requireTls: boolean
  /** Mechanisms of AUTH in upper case, at most `maxMechanisms`. */
  readonly auth: readonly string[]
  /** RFC 9422 §4.1: recipients of a transaction. */
  readonly rcptMax?: number
  /** RFC 9422 §4.1: transactions of the connection. */
  readonly mailMax?: number
}

/** More mechanisms than are registered; the rest is passed over. */
const maxMechanisms = 64

export function readCapabilities(reply: FarReply, extended: boolean): Capabilities {
  const [first = "", ...rest] = reply.lines
  const offered = new Map<string, string>()
  for (const line of extended ? rest : []) {
    const [keyword = ""] = line.split(" ", 1)
    offered.set(keyword.toUpperCase(), line.slice(keyword.length + 1).trim())
  }
  const size = offered.get("SIZE")
  const limits = readLimits(offered.get("LIMITS") ?? "")
  return {
    extended,
    name: first.split(" ", 1)[0] ?? "",
    pipelining: offered.has("PIPELINING"),
    ...(size === undefined ? {} : { size: readNumber(size) ?? 0 }),
    eightBitMime: offered.has("8BITMIME"),
    smtputf8: offered.has("SMTPUTF8"),
    chunking: offered.has("CHUNKING"),
    dsn: offered.has("DSN"),
    startTls: offered.has("STARTTLS"),
    requireTls: offered.has("REQUIRETLS"),
    auth: words(offered.get("AUTH") ?? "")
      .slice(0, maxMechanisms)
      .map(word => word.toUpperCase()),
    ...limits,
  }
}

/** `LIMITS RCPTMAX=100 MAILMAX=20`; a limit of 0 or one that is no number is passed over, as are unknown ones. */
function readLimits(text: string): { rcptMax?: number; mailMax?: number } {
  const read: { rcptMax?: number; mailMax?: number } = {}
  for (const word of words(text)) {
    const [name = "", value = ""] = word.split("=", 2)
    const limit = readNumber(value)
    if (limit === undefined || limit === 0) continue
    if (name.toUpperCase() === "RCPTMAX") read.rcptMax = limit
    if (name.toUpperCase() === "MAILMAX") read.mailMax = limit
  }
  return read
}

function readNumber(text: string): number | undefined {
  return /^\d{1,20}$/.test(text) ? Number(text) : undefined
}

function words(text: string): string[] {
  return text.split(" ").filter(word => word !== "")
}
