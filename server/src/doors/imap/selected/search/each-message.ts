/** The rows of what was found, with what the index says of each where that is asked for. */
import type { MessageRow, Summary } from "../../../../messages/index.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"

type Parts = Pick<OpenMailbox, "mail" | "privacy" | "known" | "id" | "signal">

/** `use` is called inside a permit, ascending by UID; the summary is undefined where it does not open. */
export async function eachWithSummary(
  parts: Parts,
  uids: Uint32Array,
  use: (row: MessageRow, summary: Summary | undefined) => void,
): Promise<void> {
  for await (const rows of rowsOf(parts, uids)) {
    let next = 0
    for await (const page of parts.mail.summaries(rows.map(row => row.email)))
      await reading(parts, async permit => {
        for (const sealed of page) {
          const row = rows[next++]
          if (row !== undefined) use(row, sealed?.open(permit))
        }
      })
  }
}

export async function* rowsOf(parts: Parts, uids: Uint32Array): AsyncGenerator<readonly MessageRow[]> {
  const { uids: ranges } = resolveUids(parts.known.numbering, uids)
  const wanted = new Set(uids)
  for await (const page of parts.mail.rows(parts.id, ranges)) {
    parts.signal.throwIfAborted()
    yield page.filter(row => wanted.has(row.uid))
  }
}
