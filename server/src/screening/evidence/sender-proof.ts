import type { DkimResult } from "@letterkeep/dkim"
import type { DmarcOutcome } from "@letterkeep/dmarc"
import type { SpfEvidence } from "./spf.ts"

/**
 * Is the address in From proven? By DMARC where its domain has a policy. Where it has none, a passing signature or SPF
 * of the same domain or of one above it proves as much: who holds a domain also speaks for the names below it.
 */
export type SenderProof = "proven" | "unproven"

export function proveSender(dmarc: DmarcOutcome, dkim: readonly DkimResult[], spf: SpfEvidence): SenderProof {
  if (dmarc.result === "pass") return "proven"
  if (dmarc.result !== "none" || dmarc.author.kind !== "one") return "unproven"
  const author = dmarc.author.domain
  const speaksFor = (domain: string) =>
    domain.includes(".") && (author === domain || author.endsWith(`.${domain}`))
  const isSigned = dkim.some(
    ({ result, domain }) => result === "pass" && domain !== undefined && speaksFor(domain),
  )
  return isSigned || (spf.result === "pass" && speaksFor(spf.domain)) ? "proven" : "unproven"
}
