import {
  detailLimit,
  type FailureDetail,
  type PolicyReport,
  type PolicySeen,
  policyLimit,
  reportBytesLimit,
  resultTypes,
  type TlsReport,
} from "./report.ts"

/**
 * Reads a report that somebody sent, decompressed. Tolerated, because it is sent: one text where a list belongs, numbers
 * as text, a list of failures for one failure, parts that are missing; a policy without a domain or sums is left out. What
 * a report says is the word of a stranger.
 */
export type ReadReport =
  | { readonly kind: "report"; readonly report: TlsReport }
  /** `why`: an English sentence. */
  | { readonly kind: "invalid"; readonly why: string }

/** Characters of one text that is read; the rest is cut. */
const textLimit = 1_000
/** Texts of one list that are read. */
const listLimit = 1_000
/** Levels of lists and objects: a report has six. Deep ones cost a parser a hundred times what their octets do. */
const depthLimit = 20

type Json = Readonly<Record<string, unknown>>

export function readReport(bytes: Buffer): ReadReport {
  if (bytes.length > reportBytesLimit) return invalid(`It has more than ${reportBytesLimit} octets.`)
  if (nestsTooDeep(bytes)) return invalid("It nests too deep.")
  const root = objectOf(parse(bytes.toString("utf8")))
  if (root === undefined) return invalid("It is no JSON object.")
  const range = objectOf(root["date-range"])
  const from = dateOf(range?.["start-datetime"])
  const to = dateOf(range?.["end-datetime"])
  if (from === undefined || to === undefined || to < from)
    return invalid("Its time is missing or makes no sense.")
  if (!Array.isArray(root.policies)) return invalid("It has no policies.")
  const listed: readonly unknown[] = root.policies
  const policies = listed
    .slice(0, policyLimit)
    .map(readPolicy)
    .filter(one => one !== undefined)
  if (policies.length === 0) return invalid("It has no policy that can be read.")
  return {
    kind: "report",
    report: {
      organization: textOf(root["organization-name"]) ?? "",
      from,
      to,
      contact: textOf(root["contact-info"]),
      id: textOf(root["report-id"]) ?? "",
      policies,
    },
  }
}

function readPolicy(value: unknown): PolicyReport | undefined {
  const entry = objectOf(value)
  const summary = objectOf(entry?.summary)
  const policy = readPolicySeen(objectOf(entry?.policy))
  const successful = countOf(summary?.["total-successful-session-count"])
  const failed = countOf(summary?.["total-failure-session-count"])
  if (policy === undefined || successful === undefined || failed === undefined) return undefined
  const details = listOf(entry?.["failure-details"]).slice(0, detailLimit)
  return { policy, successful, failed, failures: details.map(readFailure).filter(one => one !== undefined) }
}

function readPolicySeen(entry: Json | undefined): PolicySeen | undefined {
  const domain = textOf(entry?.["policy-domain"])
  const kind = textOf(entry?.["policy-type"])?.toLowerCase()
  if (domain === undefined || (kind !== "tlsa" && kind !== "sts" && kind !== "no-policy-found"))
    return undefined
  return {
    kind,
    domain,
    lines: textsOf(entry?.["policy-string"]),
    // Older drafts called it so, and some still do.
    hosts: textsOf(entry?.["mx-host"] ?? entry?.["mx-host-pattern"]),
  }
}

function readFailure(value: unknown): FailureDetail | undefined {
  const entry = objectOf(value)
  const said = textOf(entry?.["result-type"])?.toLowerCase()
  const sessions = countOf(entry?.["failed-session-count"])
  if (entry === undefined || said === undefined || sessions === undefined) return undefined
  return {
    result: resultTypes.find(type => type === said) ?? "other",
    sendingIp: textOf(entry["sending-mta-ip"]),
    host: textOf(entry["receiving-mx-hostname"]),
    receivingIp: textOf(entry["receiving-ip"]),
    sessions,
    reason: textOf(entry["failure-reason-code"]) ?? textOf(entry["additional-information"]),
  }
}

const quote = 0x22
const backslash = 0x5c

/** Of text that is no JSON it may say either. */
function nestsTooDeep(bytes: Buffer): boolean {
  let depth = 0
  let isInText = false
  for (let at = 0; at < bytes.length; at += 1) {
    const octet = bytes[at]
    if (octet === quote) isInText = !isInText
    else if (isInText) at += octet === backslash ? 1 : 0
    else if (octet === 0x5b || octet === 0x7b) depth += 1
    else if (octet === 0x5d || octet === 0x7d) depth -= 1
    if (depth > depthLimit) return true
  }
  return false
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""))
  } catch {
    // The one way in which JSON.parse says that a text is no JSON.
    return undefined
  }
}

function objectOf(value: unknown): Json | undefined {
  // Checked right before: an object that is no list has names and unknown values.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, textLimit).toWellFormed() : undefined
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value)
    .slice(0, listLimit)
    .map(textOf)
    .filter(one => one !== undefined)
}

function countOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** RFC 3339 §5.6; a zone is needed. */
function dateOf(value: unknown): number | undefined {
  if (
    typeof value !== "string" ||
    !/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(value)
  )
    return undefined
  const ms = Date.parse(value.toUpperCase().replace(" ", "T"))
  return Number.isNaN(ms) ? undefined : ms
}

function invalid(why: string): ReadReport {
  return { kind: "invalid", why }
}
