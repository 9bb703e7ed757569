/** From a screened message to one delivery a reader: trace fields on top, threads by hash, and the entry. */
import { scanMessage } from "@letterkeep/mime"
import { type Delivery, prepareEntry, threadIdsOf } from "../messages/index.ts"
import type { Permit } from "../privacy/index.ts"
import type { Vaults } from "../vaults/index.ts"
import type { Envelope } from "./envelope.ts"
import type { ScreenedArrival } from "./screen-arrival.ts"
import { received, returnPath, screeningField } from "./trace-fields.ts"

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
      into: [{ kind: "role", role: verdict.kind === "accept" ? "inbox" : "junk" }],
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
