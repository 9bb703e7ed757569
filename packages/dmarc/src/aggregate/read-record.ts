import {
  type AggregateRecord,
  type Aligned,
  type AuthWord,
  aggregateResultLimit,
  authWords,
  type DkimSeen,
  type OverrideReason,
  type SpfSeen,
} from "./report.ts"
import { childText, findChild } from "./tree.ts"
import type { XmlElement } from "./xml.ts"

/** Reads one record of an aggregate report; undefined without an address, a number of messages or a domain in From. */
export function readRecord(element: XmlElement): AggregateRecord | undefined {
  const row = findChild(element, "row")
  const evaluated = findChild(row, "policy_evaluated")
  // "identities": so in drafts, and in some reports still.
  const identifiers = findChild(element, "identifiers") ?? findChild(element, "identities")
  const results = findChild(element, "auth_results")?.children ?? []
  const sourceIp = childText(row, "source_ip")
  const count = childText(row, "count") ?? ""
  const headerFrom = childText(identifiers, "header_from")
  const disposition = readDisposition(childText(evaluated, "disposition"))
  if (sourceIp === undefined || !/^[0-9A-Fa-f:.]{2,45}$/.test(sourceIp) || !/^\d{1,12}$/.test(count))
    return undefined
  if (headerFrom === undefined || disposition === undefined) return undefined
  return {
    sourceIp: sourceIp.toLowerCase(),
    count: Number(count),
    disposition,
    dkim: readAligned(childText(evaluated, "dkim")),
    spf: readAligned(childText(evaluated, "spf")),
    reasons: some(evaluated?.children ?? [], "reason", readReason),
    headerFrom: headerFrom.toLowerCase(),
    envelopeFrom: childText(identifiers, "envelope_from")?.toLowerCase(),
    envelopeTo: childText(identifiers, "envelope_to")?.toLowerCase(),
    dkimResults: some(results, "dkim", readDkim),
    spfResults: some(results, "spf", readSpf),
  }
}

function some<T>(
  elements: readonly XmlElement[],
  name: string,
  read: (element: XmlElement) => T | undefined,
): readonly T[] {
  const named = elements.filter(element => element.name === name).slice(0, aggregateResultLimit)
  return named.map(read).filter(one => one !== undefined)
}

function readDisposition(text: string | undefined): AggregateRecord["disposition"] | undefined {
  const word = text?.toLowerCase()
  return word === "none" || word === "pass" || word === "quarantine" || word === "reject" ? word : undefined
}

function readAligned(text: string | undefined): Aligned {
  const word = text?.toLowerCase()
  return word === "pass" || word === "fail" ? word : "unsaid"
}

function readReason(element: XmlElement): OverrideReason | undefined {
  const type = childText(element, "type")?.toLowerCase()
  return type === undefined ? undefined : { type, comment: childText(element, "comment") }
}

function readDkim(element: XmlElement): DkimSeen | undefined {
  const domain = childText(element, "domain")?.toLowerCase()
  const result = readWord(childText(element, "result"))
  if (domain === undefined || result === undefined) return undefined
  return {
    domain,
    selector: childText(element, "selector"),
    result,
    human: childText(element, "human_result"),
  }
}

function readSpf(element: XmlElement): SpfSeen | undefined {
  const domain = childText(element, "domain")?.toLowerCase()
  const scope = childText(element, "scope")?.toLowerCase()
  const result = readWord(childText(element, "result"))
  if (domain === undefined || result === undefined) return undefined
  return {
    domain,
    scope: scope === "mfrom" || scope === "helo" ? scope : undefined,
    result,
    human: childText(element, "human_result"),
  }
}

/** RFC 7489 Appendix C: "unknown" and "error" are what older programs call the two last; "hardfail" is of SPF's youth. */
const olderWords: Readonly<Record<string, AuthWord>> = {
  unknown: "temperror",
  error: "permerror",
  hardfail: "fail",
}

function readWord(text: string | undefined): AuthWord | undefined {
  const word = text?.toLowerCase() ?? ""
  return (
    authWords.find(one => one === word) ?? (Object.hasOwn(olderWords, word) ? olderWords[word] : undefined)
  )
}
