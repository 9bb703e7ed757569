/**
 * `reject` and `ereject` (RFC 5429) where others of the message's readers have taken it, so that the answer to SMTP can
 * no longer be a no: a report to the sender, from the null path (RFC 3464). None to a null path, to one that nothing
 * vouches for, or about what screening doubts: the name may be somebody's who sent nothing. And so many in a day alone.
 */
import { isAscii } from "node:buffer"
import { typedAddress, wantsReport, writeDsn } from "@letterkeep/dsn"
import type { Memory } from "../../people/filters/index.ts"
import type { Permit } from "../../privacy/index.ts"
import { type Sent, sendLetter } from "./letter.ts"
import { filterTraffic } from "./limits.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"
import { countedOf } from "./remembered.ts"

const dayMs = 24 * 60 * 60 * 1000

/** In one line of printable ASCII, for an answer to SMTP. */
export function refusalLine(reason: string): string {
  const line = reason.replace(/\s+/g, " ").trim()
  // RFC 5429 §2.1.2: what cannot be said there is said in other words.
  return /^[\x20-\x7e]{1,400}$/.test(line) ? line : "The recipient does not want this message."
}

export interface Reported {
  readonly sent: Sent
  readonly memory: Memory
}

/** Undefined where nobody may be told. */
export async function reportRefusal(
  reason: string,
  parts: FilterParts,
  inHand: InHand,
  reader: Reader,
  permit: Permit<"mail.send">,
): Promise<Reported | undefined> {
  const sender = inHand.reversePath.open(permit)
  const { notify } = reader.recipient
  const asked = {
    reversePath: sender,
    action: "failed" as const,
    ...(notify === undefined ? {} : { notify }),
  }
  const isDoubted = reader.isJunk || !inHand.isPathProven
  if (isDoubted || inHand.isReport || !wantsReport(asked) || /[\s<>]/.test(sender)) return undefined
  if ((await parts.filters.memory.count(reader.account, "report")) >= filterTraffic.reportsADay)
    return undefined
  const { bytes } = writeDsn({
    report: {
      arrivedAt: inHand.now,
      recipients: [
        {
          final: typedAddress(reader.recipient.address.open(permit)),
          action: "failed",
          status: "5.7.1",
          diagnostic: { type: "smtp", value: `550 5.7.1 ${refusalLine(reason)}` },
        },
      ],
    },
    hostname: parts.hostname,
    from: `postmaster@${parts.hostname}`,
    to: sender,
    date: inHand.now,
    messageId: `${parts.chance.bytes(12).toString("hex")}@${parts.hostname}`,
    boundary: parts.chance.bytes(16).toString("hex"),
    original: inHand.scan.bytes,
    ret: "headers",
    international: !isAscii(Buffer.from(sender)),
  })
  const { account } = reader
  const { now } = inHand
  const letter = { account, to: sender, bytes, signedBy: undefined, kind: "report", now } as const
  return {
    sent: await sendLetter(parts, letter, permit),
    memory: countedOf(parts, account, "report", now + dayMs),
  }
}
