/**
 * What others report later of what people here sent (RFC 3464): a report that comes to the return path of a message, with
 * the tag that the message went out with, is written into the history of that message, in the commit that keeps the report
 * itself. Only its writer can read it there, so whom it names is compared with the message's recipients when it is read.
 */
import { type DeliveryReport, type ReportedRecipient, readDsn } from "@letterkeep/dsn"
import type { Alongside } from "../messages/index.ts"
import type { Verdict } from "../screening/index.ts"
import { type MailId, type ReportedEvent, type ReportedParts, recordReported } from "../sending/index.ts"
import type { EnvelopeRecipient } from "./envelope.ts"

export interface ComeReport {
  /** None, where the message says nothing that could be used. */
  readonly alongside: Alongside | undefined
  readonly mail: MailId
  readonly events: number
}

export interface ArrivedForOne {
  readonly recipients: readonly EnvelopeRecipient[]
  readonly verdicts: ReadonlyMap<EnvelopeRecipient["accountId"], Verdict>
  /** "<>" alone, as a report has (RFC 5321 §4.5.5). */
  readonly isPathNull: boolean
  /** The domain in From, where something vouches for it; lower case. */
  readonly provenDomain: string | undefined
  /** The message, without what is written above it. */
  readonly bytes: Buffer
  /** Milliseconds since 1970. */
  readonly now: number
}

export type ReadReport = (arrived: ArrivedForOne) => Promise<ComeReport | undefined>

/** Characters of what strangers wrote that is kept. */
const limits = { address: 320, host: 255, words: 500 }

/**
 * Undefined for everything but a report that comes to one return path of ours: each message has its own, so one report goes
 * to one. Nothing that screening doubts is written down, nor what has a return path itself: people can send that with any
 * mail program, and a server that reports does not.
 */
export function createReadReport(parts: ReportedParts): ReadReport {
  return async ({ recipients: [recipient, ...others], verdicts, isPathNull, provenDomain, bytes, now }) => {
    if (recipient?.sentMail === undefined || others.length > 0) return undefined
    const { accountId: account, sentMail: mail } = recipient
    const read = readDsn(bytes)
    if (read.kind === "other") return undefined
    const isDoubted = verdicts.get(account)?.kind !== "accept"
    const isTaken = read.kind === "report" && isPathNull && !isDoubted
    const events = isTaken ? eventsOf(read.report, provenDomain) : []
    if (events.length === 0) return { alongside: undefined, mail, events: 0 }
    const alongside = await recordReported(parts, { account, mail, at: now, events })
    return { alongside, mail, events: events.length }
  }
}

/** One for each address that is named; of an address that is named twice the first. */
function eventsOf(
  { recipients, reportingMta }: DeliveryReport,
  provenDomain: string | undefined,
): readonly ReportedEvent[] {
  const by = reportingMta?.type === "dns" ? words(reportingMta.value, limits.host).toLowerCase() : ""
  const events = new Map<string, ReportedEvent>()
  for (const recipient of recipients) {
    const proven = provenDomain === undefined ? {} : { proven: words(provenDomain, limits.host) }
    const event = { ...eventOf(recipient, by), ...proven }
    const key = `${event.original ?? ""} ${event.address}`
    if (!events.has(key)) events.set(key, event)
  }
  return [...events.values()]
}

function eventOf(
  { final, original, action, status, diagnostic }: ReportedRecipient,
  by: string,
): ReportedEvent {
  return {
    kind: "reported",
    address: words(final.value, limits.address),
    ...(original === undefined ? {} : { original: words(original.value, limits.address) }),
    action,
    status,
    ...(diagnostic === undefined ? {} : { diagnostic: words(diagnostic.value, limits.words) }),
    ...(by === "" ? {} : { by }),
  }
}

function words(text: string, limit: number): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, limit)
    .toWellFormed()
}
