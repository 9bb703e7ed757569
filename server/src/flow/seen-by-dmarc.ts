import { type AggregateRecord, aggregateResultLimit } from "@letterkeep/dmarc"
import type { Seen } from "../dmarc-reports/index.ts"
import { personal } from "../privacy/index.ts"
import type { AuthEvidence } from "../screening/index.ts"

type CheckedEvidence = Extract<AuthEvidence, { authentication: "checked" }>

/**
 * What a report to the domain in From would say of a message (RFC 9990 §3.1.1). Undefined where nobody asks for one.
 */
export function seenByDmarc(
  evidence: AuthEvidence,
  message: { readonly ip: string; readonly reversePath: string },
): Seen | undefined {
  if (evidence.authentication === "off") return undefined
  const { dmarc, spf, dkim } = evidence
  const { record, policyDomain, author } = dmarc
  if (record === undefined || policyDomain === undefined || author.kind !== "one") return undefined
  if (record.reportsTo.length === 0) return undefined
  const isAligned = (method: "spf" | "dkim"): "pass" | "fail" =>
    alignedDomains(evidence, method, author.domain, policyDomain).length > 0 ? "pass" : "fail"
  return personal("user.communications.reported", {
    reportsTo: record.reportsTo,
    isNotice: message.reversePath === "",
    policy: {
      domain: policyDomain,
      policy: record.policy,
      subdomainPolicy: record.subdomainPolicy,
      nonexistentPolicy: record.nonexistentPolicy,
      dkimAlignment: record.dkimAlignment,
      spfAlignment: record.spfAlignment,
      isTest: record.isTest,
      failureOptions: undefined,
      discovery: "treewalk",
      percent: undefined,
    },
    record: {
      sourceIp: message.ip,
      ...fateOf(evidence),
      dkim: isAligned("dkim"),
      spf: isAligned("spf"),
      headerFrom: author.domain,
      // Domains of recipients are nobody's business; that of the return path stands with SPF.
      envelopeFrom: undefined,
      envelopeTo: undefined,
      dkimResults: dkim
        .toSorted((a, b) => Number(b.result === "pass") - Number(a.result === "pass"))
        .flatMap(({ domain, selector, result }) =>
          domain === undefined || selector === undefined
            ? []
            : [{ domain, selector, result, human: undefined }],
        )
        .slice(0, aggregateResultLimit),
      spfResults:
        spf.domain === ""
          ? []
          : [{ domain: spf.domain, scope: "mfrom", result: spf.result, human: undefined }],
    },
  })
}

/**
 * The domains of a method that vouch for the author. DMARC itself stops at the first that does; a report names both
 * methods. What lies at or under the domain of the record is of its organisation, but for names where another record
 * parts them, which nobody is asked about here.
 */
function alignedDomains(
  { dmarc, spf, dkim }: CheckedEvidence,
  method: "spf" | "dkim",
  author: string,
  policyDomain: string,
): readonly string[] {
  const strict = dmarc.record?.[method === "spf" ? "spfAlignment" : "dkimAlignment"] === "strict"
  const found = new Set(dmarc.aligned?.filter(one => one.method === method).map(one => one.domain))
  const passing =
    method === "spf"
      ? [spf].filter(({ result }) => result === "pass").map(({ domain }) => domain)
      : dkim.flatMap(({ result, domain }) => (result === "pass" && domain !== undefined ? [domain] : []))
  const belongs = (domain: string): boolean =>
    domain === author || (!strict && (domain === policyDomain || domain.endsWith(`.${policyDomain}`)))
  return passing.filter(domain => found.has(domain) || belongs(domain))
}

/** What was done, and why where that is not what the policy asks for. */
function fateOf({
  dmarc,
  isChainTrusted,
}: CheckedEvidence): Pick<AggregateRecord, "disposition" | "reasons"> {
  const because = (type: string, comment?: string): AggregateRecord["reasons"] => [{ type, comment }]
  if (dmarc.result === "pass") return { disposition: "pass", reasons: [] }
  if (dmarc.result !== "fail")
    return { disposition: "none", reasons: because("other", "The DNS did not answer what had to be known.") }
  if (dmarc.disposition !== "none" && isChainTrusted)
    return { disposition: "none", reasons: because("trusted_forwarder") }
  const isMilder = dmarc.isTest === true && dmarc.disposition !== dmarc.policy
  return { disposition: dmarc.disposition, reasons: isMilder ? because("policy_test_mode") : [] }
}
