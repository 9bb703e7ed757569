import { type DnsAnswer, type MxRecord, type NameResolver, namingAlike } from "./resolver.ts"

export interface DnsTable {
  readonly [name: string]: {
    readonly txt?: readonly string[]
    readonly a?: readonly string[]
    readonly aaaa?: readonly string[]
    readonly mx?: readonly MxRecord[]
    readonly ptr?: readonly string[]
    /** Every question about this name fails so. */
    readonly fails?: Extract<DnsAnswer<never>, { kind: "failed" }>["why"]
  }
}

/** A resolver that answers from a table: names in lower case without a final dot; PTR keyed by the address. */
export function createTableResolver(table: DnsTable): NameResolver {
  const ask = async <T>(name: string, type: "txt" | "a" | "aaaa" | "mx" | "ptr"): Promise<DnsAnswer<T>> => {
    const entry = table[name.toLowerCase().replace(/\.$/, "")]
    if (entry === undefined) return { kind: "nothing", why: "nxdomain", ttl: 60 }
    if (entry.fails !== undefined) return { kind: "failed", why: entry.fails }
    const records = entry[type]
    if (records === undefined || records.length === 0) return { kind: "nothing", why: "nodata", ttl: 60 }
    return { kind: "found", records: records as readonly T[], authentic: false, ttl: 60 }
  }
  return namingAlike({
    txt: name => ask(name, "txt"),
    a: name => ask(name, "a"),
    aaaa: name => ask(name, "aaaa"),
    mx: name => ask(name, "mx"),
    ptr: address => ask(address, "ptr"),
  })
}
