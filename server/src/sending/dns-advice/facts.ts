import type { CaaRecord, DnsAnswer, MxRecord, SrvRecord, TlsaRecord } from "@letterkeep/dns"
import type { SpfOutcome } from "@letterkeep/spf"
import type { SeenKey } from "../signing/domain-keys.ts"
import type { DkimKey } from "../signing/key-rows.ts"

/**
 * Advice on the records of a domain: what should be in the DNS so that its mail comes here, is believed elsewhere, and is
 * not read or forged on the way; and what is there. Looking is one thing (look-up.ts), judging another: facts and what
 * was seen go in, records and sentences come out.
 */

/** What this server knows of itself and of the domain. */
export interface DomainFacts {
  /** Lower case, A-labels. */
  readonly domain: string
  /** This server's name, that of its MX and of its HELO. */
  readonly hostname: string
  /** Its public addresses, where the operator said them; else those of its name are taken. */
  readonly addresses: readonly string[]
  /** The server that all mail leaves through, where there is one: its addresses are what others see, and are not known. */
  readonly smartHost: string | undefined
  readonly certificate: CertificateFacts
  readonly keys: readonly DkimKey[]
  readonly mtaSts: StsMode
  /** Services that people's programs look for, by the names of their SRV records. */
  readonly services: readonly Service[]
  /** Answers for mail programs that set themselves up are given under names of the domain's own. */
  readonly autoconfig: boolean
  /** The name under which CAA records allow whoever signs our certificates; undefined where that is not known. */
  readonly issuer: string | undefined
  /** A resolver is asked whose word on DNSSEC is taken. */
  readonly validates: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

export type StsMode = "none" | "testing" | "enforce"

export interface CertificateFacts {
  readonly selfSigned: boolean
  /** "mail.example.org", "*.example.org" */
  readonly names: readonly string[]
  /** DER, the server's own first. */
  readonly chain: readonly Buffer[]
  /** SHA-256 over its public key (SubjectPublicKeyInfo), hex. */
  readonly keyHash: string
}

/** RFC 6186 §3, RFC 8314 §5.1. */
export interface Service {
  readonly name: "submissions" | "submission" | "imaps" | "imap" | "pop3s"
  readonly port: number
}

/** What the DNS and the web said. */
export interface Seen {
  /** This server's public addresses: the operator's word, or its name's. */
  readonly addresses: readonly string[]
  readonly host: HostSeen
  readonly reverse: readonly { readonly address: string; readonly answer: DnsAnswer<string> }[]
  readonly mx: DnsAnswer<MxRecord>
  /** All TXT records at the domain; SPF is among them. */
  readonly txt: DnsAnswer<string>
  /** What SPF says of each of our addresses, and of one that is nobody's. */
  readonly spf: readonly { readonly address: string; readonly outcome: SpfOutcome }[]
  readonly spfForStranger: SpfOutcome
  /** What it says of this server's own name, under which bounces go out. */
  readonly helo: readonly { readonly address: string; readonly outcome: SpfOutcome }[]
  readonly dkim: readonly SeenKey[]
  /** The first name with DMARC records, from the domain upwards, and all TXT records there. */
  readonly dmarc: { readonly at: string; readonly answer: DnsAnswer<string> }
  readonly sts: DnsAnswer<string>
  readonly stsHost: HostSeen
  /** The policy as the web gives it; undefined where nobody was asked. */
  readonly stsFile: StsFileSeen | undefined
  readonly tlsRpt: DnsAnswer<string>
  readonly tlsa: DnsAnswer<TlsaRecord>
  readonly services: readonly { readonly service: Service; readonly answer: DnsAnswer<SrvRecord> }[]
  readonly helpers: readonly { readonly name: string; readonly host: HostSeen }[]
  /** Of the nearest name at or above this server's that has any. */
  readonly caa: { readonly at: string; readonly answer: DnsAnswer<CaaRecord> }
}

export interface HostSeen {
  readonly a: DnsAnswer<string>
  readonly aaaa: DnsAnswer<string>
}

export type StsFileSeen =
  | {
      readonly kind: "file"
      readonly status: number
      readonly contentType: string | undefined
      readonly body: Buffer
    }
  | { readonly kind: "failed"; readonly why: "timed-out" | "unreachable" | "unverified" | "held-back" }

/** One record to publish. */
export interface WantedRecord {
  /** Without a final dot. */
  readonly name: string
  readonly type: "MX" | "TXT" | "TLSA" | "SRV" | "CNAME" | "CAA"
  /** As in a zone file; of a TXT record the bare text. */
  readonly value: string
  readonly about: Topic
}

export const topics = [
  "host name",
  "reverse DNS",
  "MX",
  "SPF",
  "DKIM",
  "DMARC",
  "MTA-STS",
  "TLS-RPT",
  "DANE",
  "CAA",
  "services",
] as const
export type Topic = (typeof topics)[number]

export interface DnsFinding {
  readonly about: Topic
  /**
   * `may`: it could be better, and nothing breaks. `look`: something is less safe or less sure than it should be.
   * `wrong`: mail is lost, refused or forged by it. `urgent`: that happens now, to all or much of it. `unknown`: the DNS
   * did not answer.
   */
  readonly state: "well" | "may" | "look" | "wrong" | "urgent" | "unknown"
  /** What is there and what it breaks: a sentence or two. */
  readonly says: string
  readonly todo?: string
}
