import type { Resolver } from "@letterkeep/dns"
import { type ReportAddress, readReportAddresses } from "./report-address.ts"
import { createRecordLookup, walkTree } from "./tree-walk.ts"

/**
 * Whether an address wants reports about a domain: one elsewhere has to say so in the DNS, or anybody could point others'
 * reports at it (RFC 7489 §7.1).
 */
export type MayReport =
  /** The addresses that may be written to: those asked about, or what the destination names in their place. */
  | { readonly kind: "yes"; readonly to: readonly ReportAddress[] }
  | { readonly kind: "no" }
  /** The DNS did not say. */
  | { readonly kind: "unknown" }

/** May a report about `policyDomain` go to this address? Of an address within the organisation nobody is asked. */
export async function mayReportTo(
  policyDomain: string,
  address: ReportAddress,
  resolver: Resolver,
): Promise<MayReport> {
  const { domain } = address
  if (domain === policyDomain) return { kind: "yes", to: [address] }
  const lookup = createRecordLookup(resolver)
  const [theirs, here] = await Promise.all([walkTree(policyDomain, lookup), walkTree(domain, lookup)])
  if (theirs.kind === "failed" || here.kind === "failed") return { kind: "unknown" }
  if (theirs.organizational === here.organizational) return { kind: "yes", to: [address] }
  const answer = await resolver.txt(`${policyDomain}._report._dmarc.${domain}`)
  if (answer.kind === "failed") return { kind: "unknown" }
  const said = (answer.kind === "found" ? answer.records : []).filter(text =>
    /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text),
  )
  const [record] = said
  if (record === undefined) return { kind: "no" }
  // RFC 7489 §7.1, step 7: it may name another address, of its own alone.
  const other = /;\s*rua\s*=([^;]*)/.exec(record)?.[1]
  if (other === undefined) return { kind: "yes", to: [address] }
  return { kind: "yes", to: readReportAddresses(other).filter(one => one.domain === domain) }
}
