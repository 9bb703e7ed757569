import { type MethodResult, type ResultProperty, writeAuthResults } from "@letterkeep/auth-results"
import type { DkimResult } from "@letterkeep/dkim"
import type { AuthEvidence, CheckedEvidence } from "./evidence/index.ts"

/** The evidence as an Authentication-Results field (RFC 8601 §2.2) of this server, with its final CRLF. */
export function authResultsOf(
  hostname: string,
  evidence: AuthEvidence,
  envelope: { ip: string; reversePath: string; helo: string },
): string {
  if (evidence.authentication === "off") return writeAuthResults(hostname, [])
  const { spf, dkim, dmarc, arc, iprev } = evidence
  const spfValue = spf.identity === "helo" ? envelope.helo : envelope.reversePath
  const results: MethodResult[] = [
    withReason(
      "spf",
      spf,
      [{ ptype: "smtp", property: spf.identity, value: spfValue }],
      spf.result === "pass",
    ),
    ...(dkim.length === 0 ? [{ method: "dkim", result: "none" }] : dkim.map(dkimResult)),
    withReason("dmarc", dmarc, authorProperty(evidence), dmarc.result === "pass" || dmarc.result === "none"),
  ]
  if (arc.result !== "none" && arc.result !== "unchecked") {
    // RFC 8617 §10.2. It has no word for a chain that nobody looked at: what is not named here was not checked.
    const address: ResultProperty = { ptype: "smtp", property: "remote-ip", value: envelope.ip }
    results.push(withReason("arc", arc, [address], arc.result === "pass"))
  }
  if (iprev !== undefined) {
    const address: ResultProperty = { ptype: "policy", property: "iprev", value: envelope.ip }
    results.push(withReason("iprev", iprev, [address], iprev.result === "pass"))
  }
  return writeAuthResults(hostname, results)
}

type Outcome = { readonly result: string; readonly reason: string }

function withReason(
  method: string,
  { result, reason }: Outcome,
  properties: ResultProperty[],
  isPlain: boolean,
): MethodResult {
  return { method, result, ...(isPlain ? {} : { reason }), properties }
}

/** RFC 8601 §2.7.1 and RFC 6008 §4 for `b`. */
function dkimResult(dkim: DkimResult): MethodResult {
  const { domain, identity, selector, algorithm, signatureStart } = dkim
  const values = { d: domain, i: identity, s: selector, a: algorithm, b: signatureStart }
  const properties: ResultProperty[] = []
  for (const [property, value] of Object.entries(values)) {
    if (value !== undefined) properties.push({ ptype: "header", property, value })
  }
  return withReason("dkim", dkim, properties, dkim.result === "pass")
}

function authorProperty({ dmarc }: CheckedEvidence): ResultProperty[] {
  if (dmarc.author.kind !== "one") return []
  return [{ ptype: "header", property: "from", value: dmarc.author.domain }]
}
