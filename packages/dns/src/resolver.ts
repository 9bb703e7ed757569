import type { CaaRecord, SrvRecord, TlsaRecord } from "./message.ts"

/**
 * What an answer from the DNS is, to those who only ask: SPF, DKIM, DMARC, ARC and the sending side take a
 * `Resolver` as an argument and never open a socket. The one implementation lives in `ports/network`; tests
 * pass a table.
 */
export type DnsAnswer<T> =
  /**
   * `authentic`: validated by a resolver that we trust to say so (RFC 4035 §3.2.3), with all aliases on the way. `ttl` in
   * seconds. `canonical`: what the name is an alias of, at the end of the chain, lower case, no final dot; absent where it
   * is none.
   */
  | {
      readonly kind: "found"
      readonly records: readonly T[]
      readonly authentic: boolean
      readonly ttl: number
      readonly canonical?: string
    }
  | { readonly kind: "nothing"; readonly why: "nxdomain" | "nodata"; readonly ttl: number }
  | {
      readonly kind: "failed"
      readonly why: "timeout" | "servfail" | "refused" | "malformed" | "unreachable"
    }

export interface MxRecord {
  readonly preference: number
  readonly exchange: string
}

/** `signal`: the asker waits no longer. A question that nobody waits for need not be asked; its answer is a failure. */
export interface Resolver {
  /** Each record's character-strings joined, as latin1-safe text (one char per byte). */
  txt(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  a(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  aaaa(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  mx(name: string, signal?: AbortSignal): Promise<DnsAnswer<MxRecord>>
  /** Names for an IP address, in v4 or v6 text form. */
  ptr(address: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
}

/** What sending asks besides: DANE. */
export interface SendingResolver extends Resolver {
  /** RFC 6698 §3: what the certificate of a server has to be; `name` as in "_25._tcp.mx.example.org". */
  tlsa(name: string, signal?: AbortSignal): Promise<DnsAnswer<TlsaRecord>>
  /** What the name itself is an alias of, one step: whether that much was validated where the end of the chain was not. */
  cname(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
}

/** What advice on a domain's own records asks besides. */
export interface SetUpResolver extends SendingResolver {
  /** RFC 2782; `name` as in "_imaps._tcp.example.org". */
  srv(name: string, signal?: AbortSignal): Promise<DnsAnswer<SrvRecord>>
  /** RFC 8659: of this name alone, not of those above it. */
  caa(name: string, signal?: AbortSignal): Promise<DnsAnswer<CaaRecord>>
}

/**
 * What of a message, besides the names of domains and machines, a name that is asked for can be made of: SPF's macros
 * put the sender's address or its local part there, and the address of the machine that connects (RFC 7208 §7.2).
 */
export type NamePart = "sender-address" | "client-address"

/** A resolver for those who ask for such names: whoever hands the question on has to know what it tells. */
export interface NameResolver extends Resolver {
  /** The same resolver, for names that these are part of. */
  naming(parts: ReadonlySet<NamePart>): Resolver
}

/** For where it makes no difference what a name is made of. */
export function namingAlike<R extends Resolver>(resolver: R): R & Pick<NameResolver, "naming"> {
  return { ...resolver, naming: () => resolver }
}
