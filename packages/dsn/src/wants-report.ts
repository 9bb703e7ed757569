import type { Notify } from "@letterkeep/smtp"
import type { Action } from "./report.ts"

/**
 * Whether a report may be sent at all, so that nobody gets one who did not ask and no two servers report to each other
 * for ever.
 */
export interface ReportQuestion {
  /** The sender of the envelope; "" for the null one. */
  readonly reversePath: string
  /** What the sender asked for about this recipient; absent where nothing was said. */
  readonly notify?: readonly Notify[]
  readonly action: Action
  /** For "relayed": the next server takes NOTIFY and will report itself. */
  readonly nextReports?: boolean
}

export function wantsReport(question: ReportQuestion): boolean {
  // RFC 5321 §4.5.5 and RFC 3461 §6.1: reports have no sender, and nothing is reported about them.
  if (question.reversePath === "") return false
  // RFC 3461 §4.1: without a word, failures are told, and delays may be.
  const notify = question.notify ?? ["failure", "delay"]
  if (notify.includes("never")) return false
  switch (question.action) {
    case "failed":
      return notify.includes("failure")
    case "delayed":
      return notify.includes("delay")
    case "relayed":
      // RFC 3461 §5.2.2: told only where whoever is next will not tell.
      return notify.includes("success") && question.nextReports !== true
    case "delivered":
    case "expanded":
      return notify.includes("success")
  }
}
