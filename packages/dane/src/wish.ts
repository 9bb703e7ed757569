import type { DnsAnswer, TlsaRecord } from "@letterkeep/dns"
import { type UsableTlsa, usableRecords } from "./tlsa.ts"

/**
 * What the DNS asks of a connection to one host (RFC 7672 §2.2). Only what a resolver that we trust has validated
 * counts; what could not be found out is never taken for a "no", since then whoever holds back an answer could turn
 * DANE off.
 */
export type DaneWish =
  /** DANE says nothing here: as without it. */
  | { readonly kind: "none" }
  /** TLS, whoever the server is: there are records, and none that can be used. */
  | { readonly kind: "encrypt" }
  /**
   * TLS, and a certificate that these records are right for. `base`: the name that they were found under, which the server
   * is asked for (RFC 7672 §8.1), and one of those that a certificate of an authority may be for.
   */
  | { readonly kind: "authenticate"; readonly records: readonly UsableTlsa[]; readonly base: string }
  /** It could not be found out: this host gets no message now. */
  | { readonly kind: "unknown" }

export interface FoundHost {
  /** In the MX record. Lower case, no final dot. */
  readonly host: string
  /** Were its addresses validated, with all aliases that lead to them? */
  readonly addressAuthentic: boolean
  /** What it is an alias of, at the end of the chain; believed where the addresses were validated. */
  readonly canonical?: string | undefined
  /** Was it validated that the name is an alias, whatever it leads to? To be asked wherever the addresses were not. */
  readonly aliasAuthentic?: boolean
}

/** RFC 7672 §2.2.2: the names under which TLSA records may be, in their order. None: they are not asked for. */
export function tlsaBases({
  host,
  addressAuthentic,
  canonical,
  aliasAuthentic,
}: FoundHost): readonly string[] {
  if (addressAuthentic) return canonical === undefined || canonical === host ? [host] : [canonical, host]
  // Who is served by somebody whose zone is not signed may still say in their own which key that server has.
  return aliasAuthentic === true ? [host] : []
}

export interface WishQuestion {
  /** Was the answer that named the host (the MX records) validated? */
  readonly mxAuthentic: boolean
  /** One of `tlsaBases`. */
  readonly base: string
  /** What was found at `tlsaName`. */
  readonly tlsa: DnsAnswer<TlsaRecord>
}

/** RFC 7672 §2.2.3. */
export function tlsaName(base: string, port: number): string {
  return `_${port}._tcp.${base}`
}

/** "none": the next base is asked, where there is one. */
export function wishOf({ mxAuthentic, base, tlsa }: WishQuestion): DaneWish {
  // RFC 7672 §2.2.1: what an unsigned name leads to says nothing that can be believed.
  if (!mxAuthentic) return { kind: "none" }
  switch (tlsa.kind) {
    case "failed":
      return { kind: "unknown" } // RFC 7672 §2.1.2
    case "nothing":
      return { kind: "none" }
    case "found": {
      // RFC 7672 §2.1.1: "insecure" records are as if they were not there.
      if (!tlsa.authentic || tlsa.records.length === 0) return { kind: "none" }
      const records = usableRecords(tlsa.records)
      return records.length === 0 ? { kind: "encrypt" } : { kind: "authenticate", records, base }
    }
  }
}
