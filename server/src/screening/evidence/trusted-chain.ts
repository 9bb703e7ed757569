import type { ArcOutcome } from "@letterkeep/arc"
import { readAuthResults } from "@letterkeep/auth-results"

/**
 * May an ARC chain speak for a message that DMARC turned away? Only if the chain is good, every server that sealed it
 * is on the operator's list, and the first of them saw DMARC pass. The list is empty unless the operator fills it.
 */
export function isChainTrusted(arc: ArcOutcome, trustedSealers: ReadonlySet<string>): boolean {
  if (arc.result !== "pass" || arc.sealers.length === 0) return false
  if (!arc.sealers.every(domain => trustedSealers.has(domain))) return false
  const first = readAuthResults(arc.firstResults ?? "")
  return first?.results.some(({ method, result }) => method === "dmarc" && result === "pass") ?? false
}
