import type { DnsAnswer, Resolver } from "@letterkeep/dns"
import { type ParsedPolicyRecord, parsePolicyRecord } from "./policy-record.ts"

/**
 * The DNS tree walk (RFC 9989 §4.10): from a domain up to its top label, at most eight questions, looking for policy
 * records. It finds both the record that applies and the Organizational Domain, so that no list of public suffixes
 * has to be kept and kept fresh; that is why this package follows RFC 9989 and not RFC 7489.
 */
export type Found = Exclude<ParsedPolicyRecord, { kind: "other" }>

export type RecordAt =
  | { readonly kind: "found"; readonly domain: string; readonly found: Found }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed"; readonly why: string }

/** Asks for each name once, however many walks of one message come by it. */
export interface RecordLookup {
  at(domain: string): Promise<RecordAt>
  exists(domain: string): Promise<"yes" | "no" | "unknown">
}

export function createRecordLookup(resolver: Resolver): RecordLookup {
  const known = new Map<string, Promise<RecordAt>>()
  return {
    at(domain) {
      const asked =
        known.get(domain) ?? resolver.txt(`_dmarc.${domain}`).then(answer => readAnswer(domain, answer))
      known.set(domain, asked)
      return asked
    },
    async exists(domain) {
      // RFC 9989 §A.4: only NXDOMAIN says that a name does not exist.
      const answer = await resolver.a(domain)
      if (answer.kind === "failed") return "unknown"
      return answer.kind === "nothing" && answer.why === "nxdomain" ? "no" : "yes"
    },
  }
}

/** RFC 9989 §4.10, steps 2 and 6: records of another version do not count, and of several none does. */
function readAnswer(domain: string, answer: DnsAnswer<string>): RecordAt {
  if (answer.kind === "failed")
    return { kind: "failed", why: `The DNS did not answer for _dmarc.${domain} (${answer.why}).` }
  const records: Found[] = []
  for (const text of answer.kind === "found" ? answer.records : []) {
    const parsed = parsePolicyRecord(text.trim())
    if (parsed.kind !== "other") records.push(parsed)
  }
  const [found] = records
  return found !== undefined && records.length === 1 ? { kind: "found", domain, found } : { kind: "nothing" }
}

export type Walk =
  | {
      readonly kind: "walked"
      readonly organizational: string
      readonly records: readonly Extract<RecordAt, { kind: "found" }>[]
    }
  | { readonly kind: "failed"; readonly why: string }

/** All names are asked for at once: a walk ends early only at a `psd` tag, and those are rare. */
export async function walkTree(start: string, lookup: RecordLookup): Promise<Walk> {
  const answers = await Promise.all(namesOfWalk(start).map(name => lookup.at(name)))
  const records: Extract<RecordAt, { kind: "found" }>[] = []
  for (const answer of answers) {
    if (answer.kind === "failed") return answer
    if (answer.kind === "nothing") continue
    records.push(answer)
    if (suffixOf(answer.found) !== "unsaid") break
  }
  return { kind: "walked", organizational: organizationalDomain(start, records), records }
}

/** RFC 9989 §4.10, steps 3, 4 and 7: the name itself, then at most seven labels, one fewer each time. */
export function namesOfWalk(start: string): string[] {
  const labels = start.split(".")
  const names = [start]
  for (let left = Math.min(labels.length - 1, 7); left > 0; left -= 1)
    names.push(labels.slice(-left).join("."))
  return names
}

/** RFC 9989 §4.10.2, from the longest name to the shortest. */
function organizationalDomain(
  start: string,
  records: readonly Extract<RecordAt, { kind: "found" }>[],
): string {
  for (const { domain, found } of records) {
    const suffix = suffixOf(found)
    if (suffix === "no") return domain
    if (suffix === "yes" && domain !== start) {
      const labels = start.split(".")
      return labels.slice(-(domain.split(".").length + 1)).join(".")
    }
  }
  return records.at(-1)?.domain ?? start
}

export function suffixOf(found: Found): "yes" | "no" | "unsaid" {
  return found.kind === "record" ? found.record.publicSuffix : found.publicSuffix
}
