import { encodeName, readName } from "./name.ts"

/**
 * DNS messages (RFC 1035 §4.1): a question out, an answer in. Reads what a stub resolver needs and steps over
 * the rest by its RDLENGTH; what does not hold together is no message at all.
 *
 *   message = ID flags QDCOUNT ANCOUNT NSCOUNT ARCOUNT  questions answers authorities additionals
 *   record  = NAME TYPE CLASS TTL RDLENGTH RDATA
 */
export const recordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  TLSA: 52,
  CAA: 257,
} as const
/** The types that one asks for. */
export type AskedType = "A" | "AAAA" | "CNAME" | "MX" | "TXT" | "PTR" | "TLSA" | "SRV" | "CAA"

export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME" | "PTR"; readonly target: string }
  | { readonly type: "MX"; readonly preference: number; readonly exchange: string }
  /** The character-strings joined, a character a byte. */
  | { readonly type: "TXT"; readonly text: string }
  | ({ readonly type: "TLSA" } & TlsaRecord)
  | ({ readonly type: "SRV" } & SrvRecord)
  | ({ readonly type: "CAA" } & CaaRecord)
  /** `minimum`: seconds, RFC 2308 §4. */
  | { readonly type: "SOA"; readonly minimum: number }

/** RFC 6698 §2.1: what a server's certificate, or one above it, has to be. Any numbers: what they mean is not asked here. */
export interface TlsaRecord {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  /** What the certificate or its key is compared with. */
  readonly data: Buffer
}

/** RFC 2782: where a service is. A target of "" says that it is nowhere. */
export interface SrvRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** RFC 8659 §4.1: who may sign certificates for the name. `tag` in lower case, `value` a character a byte. */
export interface CaaRecord {
  readonly critical: boolean
  readonly tag: string
  readonly value: string
}

export interface DnsRecord {
  /** As on the wire: fold before comparing. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
  readonly data: RecordData
}

export interface DnsMessage {
  readonly id: number
  readonly truncated: boolean
  readonly authentic: boolean
  /** With the upper bits that EDNS brings (RFC 6891 §6.1.3). */
  readonly rcode: number
  /** The one question; undefined where there is none or several. */
  readonly question: { readonly name: string; readonly type: number } | undefined
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
}

export interface Query {
  readonly id: number
  readonly name: string
  readonly type: AskedType
  /** Payload that we take over UDP (RFC 6891 §6.2.3); undefined leaves EDNS out. */
  readonly udpPayload: number | undefined
}

const headerLength = 12
const classInternet = 1
const flagResponse = 0x8000
const flagTruncated = 0x0200
const flagRecursionDesired = 0x0100
const flagAuthentic = 0x0020

/** Undefined where the name cannot be asked for. */
export function encodeQuery(query: Query): Buffer | undefined {
  const name = encodeName(query.name)
  if (name === undefined) return undefined
  const out = Buffer.alloc(headerLength + name.length + 4 + (query.udpPayload === undefined ? 0 : 11))
  out.writeUInt16BE(query.id, 0)
  // RFC 6840 §5.7: AD in a question says that we understand it in the answer.
  out.writeUInt16BE(flagRecursionDesired | flagAuthentic, 2)
  out.writeUInt16BE(1, 4)
  out.set(name, headerLength)
  let at = headerLength + name.length
  at = out.writeUInt16BE(recordType[query.type], at)
  at = out.writeUInt16BE(classInternet, at)
  if (query.udpPayload === undefined) return out
  out.writeUInt16BE(1, 10)
  out.writeUInt16BE(recordType.OPT, at + 1) // RFC 6891 §6.1.2: the root, OPT, payload, no flags, no options
  out.writeUInt16BE(query.udpPayload, at + 3)
  return out
}

/** Reads a response (RFC 1035 §4.1.1: QR set, opcode QUERY); undefined for anything else. */
export function readMessage(bytes: Buffer): DnsMessage | undefined {
  if (bytes.length < headerLength) return undefined
  const flags = bytes.readUInt16BE(2)
  if ((flags & flagResponse) === 0 || (flags & 0x7800) !== 0) return undefined
  const counts = [4, 6, 8, 10].map(at => bytes.readUInt16BE(at))
  const [questions = 0, answerCount = 0, authorityCount = 0, additionalCount = 0] = counts
  let at = headerLength
  let question: DnsMessage["question"]
  for (let n = 0; n < questions; n += 1) {
    const read = readName(bytes, at)
    if (read === undefined || read.end + 4 > bytes.length) return undefined
    if (bytes.readUInt16BE(read.end + 2) === classInternet)
      question = { name: read.name, type: bytes.readUInt16BE(read.end) }
    at = read.end + 4
  }
  const answers = readSection(bytes, at, answerCount)
  if (answers === undefined) return undefined
  const authorities = readSection(bytes, answers.end, authorityCount)
  if (authorities === undefined) return undefined
  const additionals = readSection(bytes, authorities.end, additionalCount)
  if (additionals === undefined) return undefined
  return {
    id: bytes.readUInt16BE(0),
    truncated: (flags & flagTruncated) !== 0,
    authentic: (flags & flagAuthentic) !== 0,
    rcode: (additionals.extendedRcode << 4) | (flags & 0x0f),
    question: questions === 1 ? question : undefined,
    answers: answers.records,
    authorities: authorities.records,
  }
}

interface Section {
  readonly records: readonly DnsRecord[]
  readonly end: number
  readonly extendedRcode: number
}

function readSection(bytes: Buffer, start: number, count: number): Section | undefined {
  const records: DnsRecord[] = []
  let extendedRcode = 0
  let at = start
  for (let n = 0; n < count; n += 1) {
    const owner = readName(bytes, at)
    if (owner === undefined || owner.end + 10 > bytes.length) return undefined
    const type = bytes.readUInt16BE(owner.end)
    const ttl = bytes.readUInt32BE(owner.end + 4)
    const from = owner.end + 10
    const to = from + bytes.readUInt16BE(owner.end + 8)
    if (to > bytes.length) return undefined
    if (type === recordType.OPT) extendedRcode = ttl >>> 24
    else if (bytes.readUInt16BE(owner.end + 2) === classInternet) {
      const data = readData(bytes, type, from, to)
      if (data === "broken") return undefined
      // RFC 2181 §8: a TTL with the highest bit set counts as zero.
      if (data !== "unknown") records.push({ name: owner.name, ttl: ttl > 0x7fffffff ? 0 : ttl, data })
    }
    at = to
  }
  return { records, end: at, extendedRcode }
}

function readData(bytes: Buffer, type: number, from: number, to: number): RecordData | "broken" | "unknown" {
  const length = to - from
  switch (type) {
    case recordType.A: // RFC 1035 §3.4.1
      return length === 4 ? { type: "A", address: bytes.subarray(from, to).join(".") } : "broken"
    case recordType.AAAA: // RFC 3596 §2.2
      return length === 16 ? { type: "AAAA", address: addressText(bytes.subarray(from, to)) } : "broken"
    case recordType.CNAME:
    case recordType.PTR: {
      const target = readName(bytes, from)
      if (target?.end !== to) return "broken"
      return { type: type === recordType.PTR ? "PTR" : "CNAME", target: target.name }
    }
    case recordType.MX: {
      const exchange = length < 3 ? undefined : readName(bytes, from + 2)
      if (exchange?.end !== to) return "broken"
      return { type: "MX", preference: bytes.readUInt16BE(from), exchange: exchange.name }
    }
    case recordType.TXT:
      return readText(bytes, from, to)
    case recordType.TLSA:
      return readTlsa(bytes, from, to)
    case recordType.SRV: {
      const target = length < 7 ? undefined : readName(bytes, from + 6)
      if (target?.end !== to) return "broken"
      const [priority, weight, port] = [0, 2, 4].map(at => bytes.readUInt16BE(from + at))
      if (priority === undefined || weight === undefined || port === undefined) return "broken"
      return { type: "SRV", priority, weight, port, target: target.name }
    }
    case recordType.CAA:
      return readCaa(bytes, from, to)
    case recordType.SOA: {
      const server = readName(bytes, from)
      const person = server === undefined ? undefined : readName(bytes, server.end)
      if (person === undefined || person.end + 20 !== to) return "broken"
      return { type: "SOA", minimum: bytes.readUInt32BE(person.end + 16) }
    }
    default:
      return "unknown"
  }
}

/** RFC 6698 §2.1: three octets and what is compared, which is copied: it may be kept longer than the message. */
function readTlsa(bytes: Buffer, from: number, to: number): RecordData | "broken" {
  const [usage, selector, matching] = bytes.subarray(from, to)
  if (usage === undefined || selector === undefined || matching === undefined) return "broken"
  return { type: "TLSA", usage, selector, matching, data: Buffer.from(bytes.subarray(from + 3, to)) }
}

/** RFC 8659 §4.1: flags, the tag's length and the tag, and the value to the end. */
function readCaa(bytes: Buffer, from: number, to: number): RecordData | "broken" {
  const value = from + 2 + (bytes[from + 1] ?? 0)
  const tag = bytes.toString("latin1", from + 2, Math.min(value, to))
  if (to - from < 3 || value > to || !/^[a-z0-9]+$/i.test(tag)) return "broken"
  const critical = ((bytes[from] ?? 0) & 0x80) !== 0
  return { type: "CAA", critical, tag: tag.toLowerCase(), value: bytes.toString("latin1", value, to) }
}

/** RFC 1035 §3.3.14: one or more character-strings, each a length and its bytes. */
function readText(bytes: Buffer, from: number, to: number): RecordData | "broken" {
  let text = ""
  for (let at = from; at < to; ) {
    const end = at + 1 + (bytes[at] ?? 0)
    if (end > to) return "broken"
    text += bytes.toString("latin1", at + 1, end)
    at = end
  }
  return { type: "TXT", text }
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::". */
function addressText(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2))
  let best = { at: 0, length: 1 }
  for (let at = 0; at < 8; at += 1) {
    let length = 0
    while (at + length < 8 && groups[at + length] === 0) length += 1
    if (length > best.length) best = { at, length }
    if (length > 0) at += length - 1
  }
  const hex = groups.map(group => group.toString(16))
  if (best.length < 2) return hex.join(":")
  return `${hex.slice(0, best.at).join(":")}::${hex.slice(best.at + best.length).join(":")}`
}
