/** From a screened message to one delivery a reader: trace fields on top, threads by hash, and the entry. */
import { firstFieldText, type MessageScan, messageIds, scanMessage } from "@letterkeep/mime"
import { type Delivery, prepareEntry } from "../messages/index.ts"
import type { Permit } from "../privacy/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Envelope } from "./envelope.ts"
import type { ScreenedArrival } from "./screen-arrival.ts"
import { received, returnPath, screeningField } from "./trace-fields.ts"

/** Identifiers of one message that its threads are sought by: its own and the newest that it refers to. */
const threadIdsLimit = 32

export interface Prepared {
  readonly id: string
  readonly now: number
  readonly hostname: string
  readonly permit: Permit<"mail.receive">
}

export function prepareDeliveries(
  message: Buffer,
  envelope: Envelope,
  screened: ScreenedArrival,
  vaults: Pick<Vaults, "keyedHash">,
  { id, now, hostname, permit }: Prepared,
): Delivery[] {
  const kept = withoutSpans(message, screened.forged)
  const scan = scanMessage(kept)
  const entryFor = prepareEntry(scan)
  const ids = threadIdsOf(scan)
  const trace =
    returnPath(envelope, permit) + received(envelope, hostname, id, now, permit) + screened.authResultsHeader
  return [...screened.verdicts].map(([account, verdict]) => {
    const above = Buffer.from(trace + screeningField(verdict.kind, verdict.reasons))
    return {
      account,
      role: verdict.kind === "accept" ? "inbox" : "junk",
      keywords: verdict.kind === "accept" ? [] : ["$junk"],
      receivedAt: now,
      parts: [above, kept],
      // Junk joins no conversation by what it claims to answer, and makes none of two.
      threadHashes: (verdict.kind === "accept" ? ids.all : ids.own).map(each =>
        vaults.keyedHash(account, "message-id", each),
      ),
      entry: entryFor(above.length, verdict),
    }
  })
}

interface ThreadIds {
  /** Its own, or none. */
  readonly own: readonly string[]
  /** Its own, then what it answers, the newest references last (RFC 5322 §3.6.4). */
  readonly all: readonly string[]
}

function threadIdsOf(scan: MessageScan): ThreadIds {
  const text = (name: string): string => firstFieldText(scan.bytes, scan.root.fields, name) ?? ""
  const own = messageIds(text("message-id")).slice(0, 1)
  const others = [...messageIds(text("in-reply-to")).slice(0, 1), ...messageIds(text("references"))]
  return { own, all: [...new Set([...own, ...others.slice(1 - threadIdsLimit)])] }
}

/** `spans` in ascending order. */
function withoutSpans(message: Buffer, spans: readonly (readonly [number, number])[]): Buffer {
  if (spans.length === 0) return message
  const left: Buffer[] = []
  let from = 0
  for (const [start, end] of spans) {
    left.push(message.subarray(from, start))
    from = end
  }
  return Buffer.concat([...left, message.subarray(from)])
}
