/** FETCH responses that tell flags: of STORE, of news, of a message that was marked as seen (RFC 9051 §7.5.2). */
import type { MessageRow } from "../../../messages/index.ts"
import type { Feature, Out } from "../handler.ts"
import { writeFlags, writeMailboxFlags } from "./flags.ts"
import type { Known } from "./known.ts"

/** Once a client has shown that it knows CONDSTORE, every FETCH of flags tells the modseq (RFC 7162 §3.1). */
export function tellsModseq(enabled: ReadonlySet<Feature>): boolean {
  return enabled.has("CONDSTORE") || enabled.has("QRESYNC")
}

/** `* 3 FETCH (UID 12 FLAGS (\Seen) MODSEQ (77))`: the UID always, which clients that do not need it pass over. */
export function flagsResponse(number: number, row: MessageRow, modseq: boolean): string {
  const tail = modseq ? ` MODSEQ (${row.modseq})` : ""
  return `* ${number} FETCH (UID ${row.uid} FLAGS (${writeFlags(row)})${tail})\r\n`
}

/** `* 3 FETCH (UID 12 MODSEQ (77))`. */
export function modseqResponse(number: number, row: MessageRow): string {
  return `* ${number} FETCH (UID ${row.uid} MODSEQ (${row.modseq}))\r\n`
}

/** FLAGS and PERMANENTFLAGS again, where one of the rows has a keyword that the client does not know of. */
export function newKeywords(known: Known, rows: readonly MessageRow[], readOnly: boolean): string {
  let learnt = false
  for (const row of rows) if (known.learn(row.keywords)) learnt = true
  return learnt ? mailboxFlags(known, readOnly) : ""
}

/** `\*`: any keyword may be made (RFC 9051 §7.1, PERMANENTFLAGS). */
export function mailboxFlags(known: Known, readOnly: boolean): string {
  const flags = writeMailboxFlags(known.keywords())
  const permanent = readOnly
    ? "* OK [PERMANENTFLAGS ()] Nothing can be changed here\r\n"
    : `* OK [PERMANENTFLAGS (${flags} \\*)] These last\r\n`
  return `* FLAGS (${flags})\r\n${permanent}`
}

/** Responses written at once, so that a long list neither costs a write a line nor one string of all. */
const rowsAtOnce = 500

/**
 * Writes one response a row, of those that have a number, with the keywords that are new before them. `response` may
 * tell the modseq.
 */
export async function tellRows(
  known: Known,
  out: Out,
  rows: readonly MessageRow[],
  readOnly: boolean,
  response: (number: number, row: MessageRow) => string,
): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = rows.slice(from, from + rowsAtOnce)
    let text = newKeywords(known, some, readOnly)
    for (const row of some) {
      const number = known.numbering.numberOf(row.uid)
      if (number === 0) continue
      text += response(number, row)
      known.claims.wrote(row.modseq)
    }
    if (text !== "") out.write(text)
    if (out.isFull) await out.drained()
  }
}
