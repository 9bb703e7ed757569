/**
 * `reject` and `ereject` (RFC 5429) where others of the message's readers have taken it, so that the answer to SMTP can
 * no longer be a no: a report to the sender, from the null path (RFC 3464). None to a null path, and none about what
 * screening doubts: the sender's name may be somebody's who sent nothing.
 */
import { isAscii } from "node:buffer"
import { typedAddress, wantsReport, writeDsn } from "@letterkeep/dsn"
import type { Permit } from "../../privacy/index.ts"
import { type Sent, sendLetter } from "./letter.ts"
import type { FilterParts } from "./parts.ts"
import type { InHand, Reader } from "./reader.ts"

/** In one line of printable ASCII, for an answer to SMTP. */
export function refusalLine(reason: string): string {
  const line = reason.replace(/\s+/g, " ").trim()
  // RFC 5429 §2.1.2: what cannot be said there is said in other words.
  return /^[\x20-\x7e]{1,400}$/.test(line) ? line : "The recipient does not want this message."
}

/** Undefined where nobody may be told. */
export async function reportRefusal(
  reason: string,
  parts: FilterParts,
  inHand: InHand,
  reader: Reader,
  permit: Permit<"mail.send">,
): Promise<Sent | undefined> {
  const sender = inHand.reversePath.open(permit)
  const { notify } = reader.recipient
  const asked = {
    reversePath: sender,
    action: "failed" as const,
    ...(notify === undefined ? {} : { notify }),
  }
  if (reader.isJunk || !wantsReport(asked) || /[\s<>]/.test(sender)) return undefined
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
  return await sendLetter(
    parts,
    { account: reader.account, to: sender, bytes, signedBy: undefined, kind: "report", now: inHand.now },
    permit,
  )
}
