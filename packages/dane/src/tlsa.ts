import type { TlsaRecord } from "@letterkeep/dns"

/**
 * TLSA records as far as mail uses them (RFC 7672 §3.1):
 *
 *     usage     2  DANE-TA: an authority, whose certificates are trusted for this server
 *               3  DANE-EE: the certificate of the server itself
 *     selector  0  the whole certificate        1  its public key (SubjectPublicKeyInfo)
 *     matching  0  the bytes themselves         1  SHA-256           2  SHA-512
 *
 * Usages 0 and 1 lean on public authorities, which mail between servers has no agreed list of: such records, those with
 * other numbers, and those whose data cannot be what they say are unusable (RFC 7672 §3.1.3).
 */
export interface UsableTlsa {
  readonly usage: "authority" | "server"
  readonly selector: "certificate" | "key"
  readonly matching: "exact" | "sha256" | "sha512"
  readonly data: Buffer
}

export type ReadTlsa =
  | { readonly kind: "usable"; readonly record: UsableTlsa }
  | { readonly kind: "unusable"; readonly why: "usage" | "selector" | "matching" | "data" }

/** Records of one name that are looked at; more are left out. */
const recordLimit = 64
/** Octets of a record that holds a whole certificate or key. */
const exactLimit = 16 * 1024

export function readTlsa({ usage, selector, matching, data }: TlsaRecord): ReadTlsa {
  if (usage !== 2 && usage !== 3) return { kind: "unusable", why: "usage" }
  if (selector !== 0 && selector !== 1) return { kind: "unusable", why: "selector" }
  const form = forms[matching]
  if (form === undefined) return { kind: "unusable", why: "matching" }
  const isRightLength =
    form.length === undefined ? data.length > 0 && data.length <= exactLimit : data.length === form.length
  if (!isRightLength) return { kind: "unusable", why: "data" }
  return {
    kind: "usable",
    record: {
      usage: usage === 2 ? "authority" : "server",
      selector: selector === 0 ? "certificate" : "key",
      matching: form.name,
      data,
    },
  }
}

const forms: readonly { readonly name: UsableTlsa["matching"]; readonly length: number | undefined }[] = [
  { name: "exact", length: undefined },
  { name: "sha256", length: 32 },
  { name: "sha512", length: 64 },
]

/**
 * The records that count. Of digests for one usage and selector only the strongest does (RFC 7671 §9), so that a domain
 * can leave a weak one behind while others still read it.
 */
export function usableRecords(records: readonly TlsaRecord[]): readonly UsableTlsa[] {
  const usable: UsableTlsa[] = []
  for (const record of records.slice(0, recordLimit)) {
    const read = readTlsa(record)
    if (read.kind === "usable") usable.push(read.record)
  }
  return usable.filter(
    one =>
      one.matching !== "sha256" ||
      !usable.some(
        other => other.usage === one.usage && other.selector === one.selector && other.matching === "sha512",
      ),
  )
}
