/** The items of a FETCH that the index answers: it holds them as they go out, so that a list is put together and sent. */
import { nstring } from "@letterkeep/imap"
import type { Summary } from "../../../../messages/index.ts"
import type { SummaryItem } from "./plan.ts"

const writers: Readonly<Record<SummaryItem, (summary: Summary) => string>> = {
  ENVELOPE: summary => `ENVELOPE ${summary.envelope}`,
  BODYSTRUCTURE: summary => `BODYSTRUCTURE ${summary.bodyStructure}`,
  BODY: summary => `BODY ${summary.body}`,
  // RFC 8970 §4: there already when it is asked for, so LAZY makes no difference.
  PREVIEW: summary => `PREVIEW ${nstring(summary.preview)}`,
}

/** The items with a space between two; "" for none. */
export function summaryItemsWriter(items: ReadonlySet<SummaryItem>): (summary: Summary) => string {
  const chosen = [...items].map(item => writers[item])
  return summary => {
    let text = ""
    for (const write of chosen) text += text === "" ? write(summary) : ` ${write(summary)}`
    return text
  }
}
