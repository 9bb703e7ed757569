import type { AggregateRecord, AggregateReport, PublishedPolicy } from "./report.ts"
import { escapeXml } from "./xml.ts"

/** Writes an aggregate report in the form of RFC 9990 §3.1.1: XML in UTF-8. Compressing and sending it is the caller's. */
export function writeAggregate(report: AggregateReport): string {
  if (report.records.length === 0) throw new RangeError("an aggregate report without a record")
  const { organization, email, moreContact, id, from, to, errors, generator } = report
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">',
    leaf("version", "1.0"),
    "<report_metadata>",
    leaf("org_name", organization),
    leaf("email", email),
    leaf("extra_contact_info", moreContact),
    leaf("report_id", id),
    `<date_range>${leaf("begin", secondsOf(from))}${leaf("end", secondsOf(to))}</date_range>`,
    ...errors.map(error => leaf("error", error)),
    leaf("generator", generator),
    "</report_metadata>",
    policyOf(report.policy),
    ...report.records.map(recordOf),
    "</feedback>",
  ]
  return `${lines.filter(line => line !== "").join("\n")}\n`
}

/** RFC 9990 §3.5.2: the attachment's name. `receiver`: the domain that reports. */
export function aggregateFileName(receiver: string, report: AggregateReport): string {
  const id = report.id.replace(/[^A-Za-z0-9]/g, "").slice(0, 64)
  const parts = [receiver, report.policy.domain, secondsOf(report.from), secondsOf(report.to)]
  return `${[...parts, ...(id === "" ? [] : [id])].join("!")}.xml.gz`
}

function policyOf(policy: PublishedPolicy): string {
  const alignment = (value: "relaxed" | "strict" | undefined) => value?.slice(0, 1)
  const { isTest } = policy
  return element("policy_published", [
    leaf("domain", policy.domain),
    leaf("discovery_method", policy.discovery),
    leaf("p", policy.policy),
    leaf("sp", policy.subdomainPolicy),
    leaf("np", policy.nonexistentPolicy),
    leaf("fo", policy.failureOptions),
    leaf("adkim", alignment(policy.dkimAlignment)),
    leaf("aspf", alignment(policy.spfAlignment)),
    leaf("testing", isTest === undefined ? undefined : isTest ? "y" : "n"),
  ])
}

function recordOf(record: AggregateRecord): string {
  const aligned = (value: AggregateRecord["dkim"]) => (value === "unsaid" ? undefined : value)
  const evaluated = element("policy_evaluated", [
    leaf("disposition", record.disposition),
    leaf("dkim", aligned(record.dkim)),
    leaf("spf", aligned(record.spf)),
    ...record.reasons.map(({ type, comment }) =>
      element("reason", [leaf("type", type), leaf("comment", comment)]),
    ),
  ])
  const identifiers = element("identifiers", [
    leaf("header_from", record.headerFrom),
    leaf("envelope_from", record.envelopeFrom),
    leaf("envelope_to", record.envelopeTo),
  ])
  const results = element("auth_results", [
    ...record.dkimResults.map(({ domain, selector, result, human }) =>
      element("dkim", [
        leaf("domain", domain),
        leaf("selector", selector),
        leaf("result", result),
        leaf("human_result", human),
      ]),
    ),
    ...record.spfResults.map(({ domain, scope, result, human }) =>
      element("spf", [
        leaf("domain", domain),
        leaf("scope", scope),
        leaf("result", result),
        leaf("human_result", human),
      ]),
    ),
  ])
  const row = element("row", [
    leaf("source_ip", record.sourceIp),
    leaf("count", String(record.count)),
    evaluated,
  ])
  return element("record", [row, identifiers, results])
}

/** Its pieces one after the other; those that are not there leave nothing behind. */
function element(name: string, pieces: readonly string[]): string {
  return `<${name}>${pieces.join("")}</${name}>`
}

function leaf(name: string, text: string | undefined): string {
  return text === undefined ? "" : `<${name}>${escapeXml(text)}</${name}>`
}

function secondsOf(ms: number): string {
  return String(Math.floor(ms / 1000))
}
