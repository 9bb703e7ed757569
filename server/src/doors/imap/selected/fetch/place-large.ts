/**
 * Where the parts of a large message lie: as its index entry says, or by a scan of the body where the entry was cut
 * or is not there. For the scan the whole message is in memory: such work takes turns.
 */
import { scanMessage } from "@letterkeep/mime"
import type { MessageRow, Summary } from "../../../../messages/index.ts"
import { type OpenMailbox, reading } from "../open-mailbox.ts"
import type { Depth } from "./answer-content.ts"
import { type PlacedMessage, placedOf, placedWhole } from "./locate.ts"
import { readOctets } from "./read-octets.ts"

type Parts = Pick<OpenMailbox, "mail" | "privacy" | "turns">

export async function placeLarge(parts: Parts, row: MessageRow, depth: Depth): Promise<PlacedMessage> {
  if (depth === "none") return placedWhole(row.size)
  const placed = await placedByIndex(parts, row)
  return placed ?? (await parts.turns.take(() => placedByScan(parts, row)))
}

async function placedByIndex(parts: Parts, row: MessageRow): Promise<PlacedMessage | undefined> {
  for await (const [sealed] of parts.mail.summaries([row.email]))
    return await reading(parts, async permit =>
      sealed === undefined ? undefined : placedBySummary(sealed.open(permit), row),
    )
  return undefined
}

function placedBySummary(summary: Summary, row: MessageRow): PlacedMessage | undefined {
  const { cut, traceBytes, messageBytes, bodyId } = summary
  if (cut || traceBytes + messageBytes !== row.size || !bodyId.equals(row.body)) return undefined
  return { root: summary.structure(), traceBytes, size: row.size }
}

async function placedByScan(parts: Parts, row: MessageRow): Promise<PlacedMessage> {
  const pieces: Buffer[] = []
  await readOctets(parts, row, { from: 0, to: row.size }, piece => pieces.push(piece))
  return placedOf(scanMessage(Buffer.concat(pieces)).root, row.size)
}
