import type { Policy } from "../policy-record.ts"
import { readRecord } from "./read-record.ts"
import {
  type AggregateRecord,
  type AggregateReport,
  aggregateBytesLimit,
  aggregateRecordLimit,
  aggregateResultLimit,
  type PublishedPolicy,
} from "./report.ts"
import { childText, childTexts, findChild } from "./tree.ts"
import { readXml, type XmlElement } from "./xml.ts"

/**
 * Reads an aggregate report that somebody sent, decompressed, in the form of RFC 9990 or of RFC 7489, whatever namespace
 * it says. What it says is the word of a stranger; records that make no sense are counted and left out.
 */
export type ReadAggregate =
  | {
      readonly kind: "report"
      readonly report: AggregateReport
      /** Records that could not be read. */
      readonly skipped: number
      /** There were more than `aggregateRecordLimit`. */
      readonly isCut: boolean
    }
  /** `why`: an English sentence. */
  | { readonly kind: "invalid"; readonly why: string }

type Metadata = Omit<AggregateReport, "policy" | "records">

export function readAggregate(bytes: Buffer): ReadAggregate {
  if (bytes.length > aggregateBytesLimit) return invalid(`It has more than ${aggregateBytesLimit} octets.`)
  let metadata: Metadata | undefined
  let policy: PublishedPolicy | undefined
  const records: AggregateRecord[] = []
  let skipped = 0
  const outcome = readXml(decode(bytes), (element, root) => {
    if (root !== "feedback") return false
    if (element.name === "report_metadata") metadata ??= readMetadata(element)
    else if (element.name === "policy_published") policy ??= readPolicy(element)
    else if (element.name === "record") {
      if (records.length === aggregateRecordLimit) return false
      const record = readRecord(element)
      if (record === undefined) skipped += 1
      else records.push(record)
    }
    return true
  })
  if (outcome.kind === "malformed") return invalid(`${outcome.why} (character ${outcome.at + 1})`)
  const isCut = outcome.kind === "stopped" && records.length === aggregateRecordLimit
  if (outcome.kind === "stopped" ? !isCut : outcome.root !== "feedback")
    return invalid("It is no aggregate report.")
  if (metadata === undefined) return invalid("It does not say who reports about which time.")
  if (policy === undefined) return invalid("It does not say which policy was published.")
  return { kind: "report", report: { ...metadata, policy, records }, skipped, isCut }
}

/** UTF-8, unless its first line says that it is of the two other encodings that reports are written in. */
function decode(bytes: Buffer): string {
  const head = bytes.toString("latin1", 0, 200)
  const isLatin = /^<\?xml[^>]{0,100}\sencoding\s*=\s*["'](?:iso-8859-1|windows-1252)["']/i.test(head)
  return bytes.toString(isLatin ? "latin1" : "utf8")
}

function readMetadata(element: XmlElement): Metadata | undefined {
  const range = findChild(element, "date_range")
  const from = seconds(childText(range, "begin"))
  const to = seconds(childText(range, "end"))
  const organization = childText(element, "org_name")
  const id = childText(element, "report_id")
  if (from === undefined || to === undefined || to < from) return undefined
  if (organization === undefined && id === undefined) return undefined
  return {
    organization: organization ?? "",
    email: childText(element, "email") ?? "",
    moreContact: childText(element, "extra_contact_info"),
    id: id ?? "",
    from,
    to,
    errors: childTexts(element, "error").slice(0, aggregateResultLimit),
    generator: childText(element, "generator"),
  }
}

function readPolicy(element: XmlElement): PublishedPolicy | undefined {
  const word = (name: string) => childText(element, name)?.toLowerCase()
  const policyOf = (name: string): Policy | undefined => {
    const value = word(name)
    return value === "none" || value === "quarantine" || value === "reject" ? value : undefined
  }
  const alignmentOf = (name: string) => {
    const value = word(name)
    return value === "r" ? "relaxed" : value === "s" ? "strict" : undefined
  }
  const domain = word("domain")
  const policy = policyOf("p")
  if (domain === undefined || policy === undefined) return undefined
  const discovery = word("discovery_method")
  const testing = word("testing")
  const percent = word("pct")
  return {
    domain,
    policy,
    subdomainPolicy: policyOf("sp"),
    nonexistentPolicy: policyOf("np"),
    dkimAlignment: alignmentOf("adkim"),
    spfAlignment: alignmentOf("aspf"),
    isTest: testing === "y" ? true : testing === "n" ? false : undefined,
    failureOptions: childText(element, "fo"),
    discovery: discovery === "psl" || discovery === "treewalk" ? discovery : undefined,
    percent: percent !== undefined && /^\d{1,3}$/.test(percent) ? Math.min(Number(percent), 100) : undefined,
  }
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) * 1000 : undefined
}

function invalid(why: string): ReadAggregate {
  return { kind: "invalid", why }
}
