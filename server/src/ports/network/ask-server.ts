import {
  type AskedType,
  type DnsAnswer,
  type DnsMessage,
  encodeQuery,
  foldName,
  readMessage,
  recordType,
} from "@letterkeep/dns"
import type { Chance } from "../chance.ts"
import type { Log } from "../log.ts"
import { own } from "../log-fields.ts"
import type { Timer } from "../timer.ts"
import type { DnsServer } from "./dns-servers.ts"
import type { Egress } from "./egress.ts"
import { type Asking, type Exchange, exchangeTcp, exchangeUdp } from "./exchange.ts"

/** One question to one server: UDP, then TCP where the answer was cut short or somebody seems to guess. */
export type Attempt =
  | { readonly kind: "answered"; readonly message: DnsMessage; readonly authentic: boolean }
  | Extract<DnsAnswer<never>, { kind: "failed" }>

export interface ServerQuestion {
  readonly server: DnsServer
  /** A name that can be encoded. */
  readonly name: string
  readonly type: AskedType
  readonly egress: Egress
  readonly chance: Chance
  readonly timeout: number
  readonly log: Log
  readonly timer: Timer
  readonly signal: AbortSignal
}

/** What fits through nearly every path unfragmented; the value that resolvers agreed on in 2020. */
const udpPayload = 1232

export async function askServer(question: ServerQuestion): Promise<Attempt> {
  const attempt = await askWith(question, udpPayload)
  // RFC 6891 §7: a server that does not know EDNS answers FORMERR or NOTIMP; ask it without.
  const isWithoutEdns = attempt.kind === "answered" && [1, 4, 16].includes(attempt.message.rcode)
  return judged(isWithoutEdns ? await askWith(question, undefined) : attempt)
}

async function askWith(question: ServerQuestion, payload: number | undefined): Promise<Attempt> {
  const { server, name, type, egress, chance, timeout, timer, signal } = question
  const id = chance.bytes(2).readUInt16BE() // RFC 5452 §9.2: unpredictable, as the port is
  const query = encodeQuery({ id, name, type, udpPayload: payload })
  if (query === undefined)
    throw new TypeError("a name that cannot be asked for came past the resolver's door")
  let message: DnsMessage | undefined
  const fits = (bytes: Buffer): boolean => {
    message = readMessage(bytes)
    const isOurs = bytes.length >= 2 && bytes.readUInt16BE(0) === id
    // An unreadable answer that has our id ends the exchange; anything else is waited out.
    return isOurs && (message === undefined || isAnswerTo(message, name, type))
  }
  const asking: Asking = { egress, server, query, timeout, timer, signal, fits }
  let exchange: Exchange = await exchangeUdp(asking)
  if (exchange.kind === "suspect")
    question.log.event("dns.answer-suspect", {
      server: own(`${server.host}:${server.port}`),
      why: "wrong-id",
    })
  if (exchange.kind === "suspect" || (exchange.kind === "answer" && message?.truncated === true)) {
    message = undefined
    exchange = await exchangeTcp(asking)
  }
  if (exchange.kind === "failed") return exchange
  if (exchange.kind === "suspect" || message === undefined || message.truncated)
    return { kind: "failed", why: "malformed" }
  return { kind: "answered", message, authentic: message.authentic && server.trusted }
}

/** RFC 5452 §9.1: the id, the question's name, type and class. Some servers leave the question out of an error. */
function isAnswerTo(message: DnsMessage, name: string, type: AskedType): boolean {
  if (message.question === undefined) return message.rcode !== 0 && message.rcode !== 3
  return message.question.type === recordType[type] && foldName(message.question.name) === name
}

function judged(attempt: Attempt): Attempt {
  if (attempt.kind === "failed") return attempt
  const { rcode } = attempt.message
  if (rcode === 0 || rcode === 3) return attempt
  return { kind: "failed", why: rcode === 5 ? "refused" : "servfail" }
}
