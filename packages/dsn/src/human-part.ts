import { decodeWords, fieldText, splitFields } from "@letterkeep/mime"
import { clean, wrap } from "./clean.ts"
import { dateText, explain } from "./explain.ts"
import { explainedLimit } from "./limits.ts"
import type { Action, DeliveryReport, ReportedRecipient } from "./report.ts"

/**
 * The part of a report that people read (RFC 6522 §3, item 1): what became of the message, for each recipient one by
 * one, and which message it was. Lines end in CRLF.
 */
export interface HumanPart {
  readonly subject: string
  readonly text: string
}

export interface HumanOptions {
  readonly report: DeliveryReport
  /** What signs the letter, such as "mail.a.test". */
  readonly hostname: string
  readonly relay?: string
  /** The header of the message that it is about. */
  readonly header: Buffer
  /** What of the message the report carries. */
  readonly carries: "whole" | "header"
  /** It was too large to be carried whole. */
  readonly wasTooLarge: boolean
}

const width = 76

export function humanPart(options: HumanOptions): HumanPart {
  const { recipients } = options.report
  const present = order.filter(action => recipients.some(recipient => recipient.action === action))
  const lines = [`This is the mail server ${clean(options.hostname)}.`]
  let explained = 0
  for (const action of present) {
    const group = recipients.filter(recipient => recipient.action === action)
    const shown = group.slice(0, Math.max(0, explainedLimit - explained))
    explained += shown.length
    lines.push("", ...wrap(openings[action](group.length), width))
    for (const recipient of shown) lines.push("", ...about(recipient, options.relay))
    const more = group.length - shown.length
    if (more > 0) lines.push("", `… and ${more} more, who are listed in the technical part of this report.`)
  }
  lines.push("", "Your message:", "", ...whichMessage(options.header), "")
  lines.push(...wrap(closing(options), width))
  return { subject: subjects[present[0] ?? "failed"], text: `${lines.join("\r\n")}\r\n` }
}

const order: readonly Action[] = ["failed", "delayed", "relayed", "delivered", "expanded"]

const subjects: Readonly<Record<Action, string>> = {
  failed: "Your message could not be delivered",
  delayed: "Your message is delayed",
  relayed: "Your message was passed on",
  delivered: "Your message was delivered",
  expanded: "Your message was passed on",
}

const people = (count: number) => (count === 1 ? "this person" : `these ${count} people`)

const openings: Readonly<Record<Action, (count: number) => string>> = {
  failed: count => `Your message could not be delivered to ${people(count)}:`,
  delayed: count => `Your message has not yet been delivered to ${people(count)}:`,
  relayed: count => `Your message was passed on for ${people(count)}:`,
  delivered: count => `As you asked to be told: your message was delivered to ${people(count)}:`,
  expanded: count => `Your message was passed on for ${people(count)}:`,
}

function about(recipient: ReportedRecipient, relay: string | undefined): string[] {
  const { sentence, advice, said } = explain(recipient, relay)
  const shown = (recipient.original ?? recipient.final).value
  const final = recipient.final.value
  const lines = [`  ${clean(shown)}`]
  if (shown.toLowerCase() !== final.toLowerCase()) lines.push(`    (which leads to ${clean(final)})`)
  const paragraph = (text: string) => lines.push(...wrap(clean(text), width, "    ", "    "))
  paragraph(sentence)
  paragraph(recipient.action === "failed" ? `What you can do: ${advice}` : advice)
  if (said !== undefined && said !== "") paragraph(`In the server's own words: ${clean(said)}`)
  return lines
}

/** What helps to recognise a message: its subject, its date, to whom it was. */
function whichMessage(header: Buffer): string[] {
  const { fields } = splitFields(header)
  const lines: string[] = []
  for (const [name, label] of [
    ["subject", "Subject"],
    ["date", "Date"],
    ["to", "To"],
  ] as const) {
    const field = fields.find(one => one.name === name)
    if (field === undefined) continue
    const value = clean(decodeWords(fieldText(header, field)), 300)
    lines.push(...wrap(`${label}: ${value}`, width, "    ", "  "))
  }
  return lines.length === 0 ? ["  (without subject, date and names of recipients)"] : lines
}

function closing({ carries, wasTooLarge, report }: HumanOptions): string {
  const arrived =
    report.arrivedAt === undefined ? "" : `It reached this server on ${dateText(report.arrivedAt)}. `
  if (carries === "whole") return `${arrived}It is attached.`
  const why = wasTooLarge ? " It is too large to come back whole." : ""
  return `${arrived}Its header, without the text, is attached.${why}`
}
