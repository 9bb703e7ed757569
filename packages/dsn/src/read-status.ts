import { type Field, fieldText, findBodyStart, parseDate, splitFields } from "@letterkeep/mime"
import { readGroupLimit, readValueLimit } from "./limits.ts"
import { type Action, actions, type DeliveryReport, type ReportedRecipient } from "./report.ts"
import { type EnhancedCode, findStatus, readStatus } from "./status.ts"
import { readTyped, type Typed } from "./typed-value.ts"

/**
 * Reads what programs say to programs in a report (RFC 3464 §2.1), as they really write it: groups of fields between
 * empty lines, the first about the message, each other about a recipient.
 *
 * Tolerated: no group about the message, or the first recipient in it (old Exchange); recipients without an empty line
 * between them; values without a type; a status that only stands in the words of the server, or nowhere; several empty
 * lines. A recipient without an address or an action that is known is left out.
 */
export interface StatusPart {
  readonly report: DeliveryReport
  /** What Gmail says in a field of its own: which message it is about, as it was written there. */
  readonly messageId: string | undefined
}

export function readStatusPart(bytes: Buffer): StatusPart {
  const groups = splitGroups(bytes)
  const recipients: ReportedRecipient[] = []
  let about: Group = new Map()
  for (const group of groups) {
    if (about.size === 0 && (group.has("reporting-mta") || group.has("original-envelope-id"))) about = group
    const recipient = readRecipient(group)
    if (recipient !== undefined) recipients.push(recipient)
  }
  const typed = (name: string) => typedOf(about, name, "dns")
  const report: DeliveryReport = {
    ...some("envelopeId", about.get("original-envelope-id")),
    ...some("reportingMta", typed("reporting-mta")),
    ...some("receivedFrom", typed("received-from-mta")),
    ...some("arrivedAt", dateOf(about, "arrival-date")),
    ...some("futureRelease", about.get("future-release-request")),
    recipients,
  }
  return { report, messageId: about.get("x-original-message-id") }
}

/** Values by lower-case name; of a name that is there twice the first. */
type Group = Map<string, string>

function splitGroups(bytes: Buffer): Group[] {
  const groups: Group[] = []
  let at = 0
  while (at < bytes.length && groups.length < readGroupLimit) {
    const end = findBodyStart(bytes, at, bytes.length)
    const { fields } = splitFields(bytes, at, end)
    let group: Group = new Map()
    for (const field of fields) {
      if (field.name === "") continue
      // A second recipient in one group: its writer forgot the empty line.
      if (beginsRecipient(field.name, group) && groups.length < readGroupLimit) {
        groups.push(group)
        group = new Map()
      }
      if (!group.has(field.name)) group.set(field.name, valueText(bytes, field))
    }
    if (group.size > 0) groups.push(group)
    at = end
  }
  return groups.slice(0, readGroupLimit)
}

/** `Original-Recipient` comes before `Final-Recipient` where both are there; a group has at most one of each. */
function beginsRecipient(name: string, group: Group): boolean {
  if (name !== "final-recipient" && name !== "original-recipient") return false
  return (
    group.has(name) || (name === "original-recipient" && group.has("final-recipient") && group.has("action"))
  )
}

function valueText(bytes: Buffer, field: Field): string {
  const cut = Math.min(field.valueEnd, field.valueStart + readValueLimit * 4)
  return fieldText(bytes, { ...field, valueEnd: cut })
    .slice(0, readValueLimit)
    .replace(/[\s\x00-\x1f\x7f]+/g, " ")
}

function readRecipient(group: Group): ReportedRecipient | undefined {
  const final = typedOf(group, "final-recipient", "rfc822")
  const original = typedOf(group, "original-recipient", "rfc822")
  const address = final ?? original
  const action = readAction(group.get("action") ?? "")
  if (address === undefined || action === undefined) return undefined
  const diagnostic = typedOf(group, "diagnostic-code", "smtp")
  return {
    ...some("original", original),
    final: address,
    action,
    status: statusOf(group.get("status") ?? "", diagnostic?.value ?? "", action),
    ...some("remoteMta", typedOf(group, "remote-mta", "dns")),
    ...some("diagnostic", diagnostic),
    ...some("lastTriedAt", dateOf(group, "last-attempt-date")),
    ...some("triedUntil", dateOf(group, "will-retry-until")),
  }
}

/** RFC 3464 §2.3.3; a comment may follow. "expired" is SendGrid's. "deliverable" and such answer probes. */
function readAction(text: string): Action | undefined {
  const word = /^\s*([A-Za-z]+)/.exec(text)?.[1]?.toLowerCase()
  return word === "expired" ? "failed" : actions.find(action => action === word)
}

/** The field, unless it says nothing in particular (Courier) and the server's own words, of the same class, do. */
function statusOf(field: string, said: string, action: Action): EnhancedCode {
  const status = readStatus(field)
  const inWords = findStatus(said)
  if (status === undefined) return inWords ?? generalStatus(action)
  const isGeneral = status.endsWith(".0.0")
  return isGeneral && inWords?.[0] === status[0] ? (inWords ?? status) : status
}

/** RFC 3463 §3.1: "other or undefined", in the class that the action says. */
function generalStatus(action: Action): EnhancedCode {
  return action === "failed" ? "5.0.0" : action === "delayed" ? "4.0.0" : "2.0.0"
}

function typedOf(group: Group, name: string, otherwise: string): Typed | undefined {
  const text = group.get(name)
  if (text === undefined) return undefined
  const typed = readTyped(text, otherwise)
  return typed.value === "" ? undefined : typed
}

function dateOf(group: Group, name: string): number | undefined {
  const text = group.get(name)
  return text === undefined ? undefined : parseDate(text)?.ms
}

function some<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  // A computed key makes an index signature of it; the one property there is has the name and type that are said.
  return value === undefined ? {} : ({ [key]: value } as { [k in K]: V })
}
