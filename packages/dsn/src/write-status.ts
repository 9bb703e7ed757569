import { clean, cleanAscii, wrap } from "./clean.ts"
import { mailDate } from "./mail-date.ts"
import type { DeliveryReport, ReportedRecipient } from "./report.ts"
import { escapeUtf8, type Typed } from "./typed-value.ts"

/**
 * The part of a report that programs read (RFC 3464 §2.1):
 *
 *     delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )
 *
 * `ascii`: as message/delivery-status; otherwise as message/global-delivery-status, with addresses in UTF-8
 * (RFC 6533 §4). Lines end in CRLF; a report needs a recipient.
 */
export function writeStatus(report: DeliveryReport, hostname: string, ascii: boolean): string {
  if (report.recipients.length === 0) throw new RangeError("a delivery report without a recipient")
  const out = new Fields(ascii)
  if (report.envelopeId !== undefined) out.add("Original-Envelope-Id", report.envelopeId)
  out.typed("Reporting-MTA", report.reportingMta ?? { type: "dns", value: hostname })
  out.typed("Received-From-MTA", report.receivedFrom)
  out.date("Arrival-Date", report.arrivedAt)
  if (report.futureRelease !== undefined) out.add("Future-Release-Request", report.futureRelease)
  return [out.text, ...report.recipients.map(recipient => recipientFields(recipient, ascii))].join("\r\n")
}

function recipientFields(recipient: ReportedRecipient, ascii: boolean): string {
  const out = new Fields(ascii)
  // RFC 3464 §2.3: the order of its grammar.
  out.typed("Original-Recipient", recipient.original)
  out.typed("Final-Recipient", recipient.final)
  out.add("Action", recipient.action)
  out.add("Status", recipient.status)
  out.typed("Remote-MTA", recipient.remoteMta)
  out.typed("Diagnostic-Code", recipient.diagnostic)
  out.date("Last-Attempt-Date", recipient.lastTriedAt)
  out.date("Will-Retry-Until", recipient.triedUntil)
  return out.text
}

/** Fields as they are put one under the other. A class, since it is filled step by step. */
class Fields {
  readonly #ascii: boolean
  text = ""

  constructor(ascii: boolean) {
    this.#ascii = ascii
  }

  add(name: string, value: string): void {
    const safe = this.#ascii ? cleanAscii(value) : clean(value)
    this.text += `${wrap(`${name}: ${safe}`, 76, " ").join("\r\n")}\r\n`
  }

  typed(name: string, typed: Typed | undefined): void {
    if (typed === undefined) return
    const isEscaped = this.#ascii && typed.type === "utf-8"
    this.add(name, `${typed.type}; ${isEscaped ? escapeUtf8(clean(typed.value)) : typed.value}`)
  }

  date(name: string, ms: number | undefined): void {
    if (ms !== undefined) this.add(name, mailDate(ms))
  }
}
