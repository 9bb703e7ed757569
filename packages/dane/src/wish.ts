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
  /** TLS, and a certificate that these records are right for. */
  | { readonly kind: "authenticate"; readonly records: readonly UsableTlsa[] }
  /** It could not be found out: this host gets no message now. */
  | { readonly kind: "unknown" }

export interface WishQuestion {
  /** Was the answer that named the host (the MX records) validated? */
  readonly mxAuthentic: boolean
  /** Were the addresses of the host? Without that its TLSA records are not even asked for. */
  readonly addressAuthentic: boolean
  /** What was found at `tlsaName`; undefined where it was not asked. */
  readonly tlsa: DnsAnswer<TlsaRecord> | undefined
}

/** RFC 7672 §2.2.3. `host`: the name in the MX record, or what its validated aliases lead to. */
export function tlsaName(host: string, port: number): string {
  return `_${port}._tcp.${host}`
}

export function wishOf({ mxAuthentic, addressAuthentic, tlsa }: WishQuestion): DaneWish {
  // RFC 7672 §2.2.1, §2.2.2: what an unsigned name leads to says nothing that can be believed.
  if (!mxAuthentic || !addressAuthentic || tlsa === undefined) return { kind: "none" }
  switch (tlsa.kind) {
    case "failed":
      return { kind: "unknown" } // RFC 7672 §2.1.2
    case "nothing":
      return { kind: "none" }
    case "found": {
      // RFC 7672 §2.1.1: "insecure" records are as if they were not there.
      if (!tlsa.authentic || tlsa.records.length === 0) return { kind: "none" }
      const records = usableRecords(tlsa.records)
      return records.length === 0 ? { kind: "encrypt" } : { kind: "authenticate", records }
    }
  }
}
