import { type AskedType, type DnsMessage, type DnsRecord, foldName, type RecordData } from "@letterkeep/dns"

/**
 * What a response says about a name and a type. Only records of the name itself, or of the names that its
 * CNAMEs lead to, count; the rest of a response is not ours to believe.
 */
export type ReadAnswer =
  /** `name`: whose records they are, folded: that which was asked for, or what it is an alias of. */
  | {
      readonly kind: "found"
      readonly data: readonly RecordData[]
      readonly ttl: number
      readonly name: string
    }
  | { readonly kind: "nothing"; readonly why: "nxdomain" | "nodata"; readonly ttl: number }
  /** The chain of CNAMEs leaves the response: its end has to be asked for. */
  | { readonly kind: "elsewhere"; readonly name: string; readonly ttl: number }
  | { readonly kind: "malformed" }

/** Names in one chain of CNAMEs, over all responses. */
export const maxChain = 8
/** Seconds that a found record is believed at most: a day. */
export const maxTtl = 86_400
/** Seconds that an absence is believed at most (RFC 2308 §5 suggests one to three hours). */
export const maxNegativeTtl = 3600

export function readAnswer(message: DnsMessage, asked: string, type: AskedType): ReadAnswer {
  let name = foldName(asked)
  let ttl = maxTtl
  const seen = new Set<string>()
  for (;;) {
    const own = message.answers.filter(record => foldName(record.name) === name)
    const wanted = own.filter(record => record.data.type === type)
    if (wanted.length > 0)
      return {
        kind: "found",
        data: wanted.map(record => record.data),
        ttl: Math.min(ttl, ...wanted.map(record => record.ttl)),
        name,
      }
    const link = own.find(isCname)
    if (link === undefined) break
    seen.add(name)
    name = foldName(link.data.target)
    ttl = Math.min(ttl, link.ttl)
    if (seen.has(name) || seen.size >= maxChain) return { kind: "malformed" }
  }
  const start = message.authorities.find(
    record => record.data.type === "SOA" && isAtOrBelow(name, foldName(record.name)),
  )
  // RFC 2308 §2.1: with CNAMEs, NXDOMAIN is about the end of the chain.
  if (message.rcode === 3) return { kind: "nothing", why: "nxdomain", ttl: negativeTtl(start, ttl) }
  if (seen.size > 0 && start === undefined) return { kind: "elsewhere", name, ttl }
  return { kind: "nothing", why: "nodata", ttl: negativeTtl(start, ttl) }
}

/** RFC 2308 §5: the lesser of the SOA's TTL and its minimum; without an SOA an absence is not kept. */
function negativeTtl(start: DnsRecord | undefined, chain: number): number {
  return start?.data.type === "SOA" ? Math.min(chain, start.ttl, start.data.minimum, maxNegativeTtl) : 0
}

function isCname(
  record: DnsRecord,
): record is DnsRecord & { readonly data: { readonly type: "CNAME"; readonly target: string } } {
  return record.data.type === "CNAME"
}

function isAtOrBelow(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`)
}
