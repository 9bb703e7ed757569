import type { CaaRecord, SrvRecord, TlsaRecord } from "./message.ts"
import {
  type DnsAnswer,
  type MxRecord,
  type NameResolver,
  namingAlike,
  type SetUpResolver,
} from "./resolver.ts"

export interface DnsTable {
  readonly [name: string]: {
    readonly txt?: readonly string[]
    readonly a?: readonly string[]
    readonly aaaa?: readonly string[]
    readonly mx?: readonly MxRecord[]
    readonly ptr?: readonly string[]
    readonly tlsa?: readonly TlsaRecord[]
    readonly srv?: readonly SrvRecord[]
    readonly caa?: readonly CaaRecord[]
    /** An alias of this name, which is asked in its place. */
    readonly cname?: string
    /** What is found here was validated. */
    readonly authentic?: boolean
    /** Every question about this name fails so. */
    readonly fails?: Extract<DnsAnswer<never>, { kind: "failed" }>["why"]
  }
}

/** Names in one chain of aliases. */
const mostAliases = 8

/** A resolver that answers from a table: names in lower case without a final dot; PTR keyed by the address. */
export function createTableResolver(table: DnsTable): NameResolver & SetUpResolver {
  const ask = async <T>(
    name: string,
    type: "txt" | "a" | "aaaa" | "mx" | "ptr" | "tlsa" | "srv" | "caa",
    aliases = 0,
  ): Promise<DnsAnswer<T>> => {
    const entry = table[name.toLowerCase().replace(/\.$/, "")]
    if (entry === undefined) return { kind: "nothing", why: "nxdomain", ttl: 60 }
    if (entry.fails !== undefined) return { kind: "failed", why: entry.fails }
    if (entry.cname !== undefined) {
      if (aliases === mostAliases) return { kind: "failed", why: "malformed" }
      const end = await ask<T>(entry.cname, type, aliases + 1)
      if (end.kind !== "found") return end
      return {
        ...end,
        authentic: end.authentic && entry.authentic === true,
        canonical: end.canonical ?? entry.cname,
      }
    }
    const records = entry[type]
    if (records === undefined || records.length === 0) return { kind: "nothing", why: "nodata", ttl: 60 }
    const authentic = entry.authentic ?? false
    return { kind: "found", records: records as readonly T[], authentic, ttl: 60 }
  }
  const alias = async (name: string): Promise<DnsAnswer<string>> => {
    const entry = table[name.toLowerCase().replace(/\.$/, "")]
    if (entry?.fails !== undefined) return { kind: "failed", why: entry.fails }
    if (entry?.cname === undefined) return { kind: "nothing", why: "nodata", ttl: 60 }
    return { kind: "found", records: [entry.cname], authentic: entry.authentic ?? false, ttl: 60 }
  }
  const resolver: SetUpResolver = {
    txt: name => ask(name, "txt"),
    a: name => ask(name, "a"),
    aaaa: name => ask(name, "aaaa"),
    mx: name => ask(name, "mx"),
    ptr: address => ask(address, "ptr"),
    tlsa: name => ask(name, "tlsa"),
    srv: name => ask(name, "srv"),
    caa: name => ask(name, "caa"),
    cname: alias,
  }
  return namingAlike(resolver)
}
