import {
  decodeTransfer,
  firstFieldText,
  type Part,
  parameterValue,
  parseContentType,
  scanMessage,
} from "@letterkeep/mime"
import { readOriginalLimit, readReportLimit, readStatusLimit } from "./limits.ts"
import { headerOf } from "./original.ts"
import { originalId, usableId } from "./original-id.ts"
import { readPlainBounce } from "./read-plain-bounce.ts"
import { readStatusPart } from "./read-status.ts"
import type { DeliveryReport } from "./report.ts"

/**
 * Reads a delivery status notification that somebody sent, to know which message of ours it is about and what became of
 * it. Never throws, whatever the bytes. What it says is the word of a stranger: whoever acts on it knows by the address
 * that it came to, or by the Message-ID, that we have sent such a message.
 */
export type ReadDsn =
  | {
      readonly kind: "report"
      readonly report: DeliveryReport
      /** "plain": read from the words of a letter without a machine-readable part (Exim and Gmail of old). */
      readonly form: "delivery-status" | "plain"
      /** Of the message that it is about, without brackets. */
      readonly messageId: string | undefined
      /** As it came back; at most `readOriginalLimit` octets. */
      readonly originalHeader: Buffer | undefined
    }
  /** An ordinary letter, or a report of another kind (read receipts, complaints). */
  | { readonly kind: "other" }
  /** It claims to be one and says nothing that could be used. */
  | { readonly kind: "empty" }
  | { readonly kind: "too-large" }

/** `bytes`: the whole letter. */
export function readDsn(bytes: Buffer): ReadDsn {
  if (bytes.length > readReportLimit) return { kind: "too-large" }
  const { root } = scanMessage(bytes)
  const holder = findHolder(bytes, root)
  if (holder === undefined) {
    const plain = readPlainBounce(bytes, root)
    if (plain === undefined) return { kind: "other" }
    const { report, original } = plain
    return { kind: "report", form: "plain", report, ...about(bytes, root, original, undefined) }
  }
  const status = holder.parts.find(part => statusTypes.has(claimedType(bytes, part)))
  if (status === undefined) return { kind: "empty" }
  const { report, messageId } = readStatusPart(decoded(bytes, status, readStatusLimit))
  if (report.recipients.length === 0) return { kind: "empty" }
  const part = holder.parts
    .slice(holder.parts.indexOf(status) + 1)
    .find(one => originalTypes.has(claimedType(bytes, one)))
  const original = part === undefined ? undefined : decoded(bytes, part, readOriginalLimit)
  return { kind: "report", form: "delivery-status", report, ...about(bytes, root, original, messageId) }
}

/**
 * Which message it is about: by the header that came back; else by what the report says in a field of Gmail's (`told`);
 * else by what it answers, since some send no header back.
 */
function about(
  bytes: Buffer,
  root: Part,
  original: Buffer | undefined,
  told: string | undefined,
): Pick<Extract<ReadDsn, { kind: "report" }>, "messageId" | "originalHeader"> {
  const header = original === undefined ? undefined : headerOf(original)
  const returned = header === undefined ? undefined : originalId(header)
  const answered = firstFieldText(bytes, root.fields, "in-reply-to") ?? ""
  return { messageId: returned ?? usableId(told ?? "") ?? usableId(answered), originalHeader: header }
}

/**
 * The multipart with the report: the letter itself, or, where something put a mantle around it (a scanner, a list), one
 * that lies in multiparts alone. Never in a message that is attached: that report is about somebody else's.
 */
function findHolder(bytes: Buffer, part: Part): Part | undefined {
  if (part.type !== "multipart") return undefined
  if (part.parts.some(child => statusTypes.has(claimedType(bytes, child)))) return part
  const claims = parameterValue(part.parameters, "report-type")?.toLowerCase()
  if (part.subtype === "report" && claims === "delivery-status") return part
  for (const child of part.parts) {
    const found = findHolder(bytes, child)
    if (found !== undefined) return found
  }
  return undefined
}

/** As its own field says: the scan relabels a message that is encoded, though none may be (RFC 2046 §5.2.1). */
function claimedType(bytes: Buffer, part: Part): string {
  const claimed = parseContentType(firstFieldText(bytes, part.fields, "content-type") ?? "")
  return claimed === undefined ? "" : `${claimed.type}/${claimed.subtype}`
}

const statusTypes: ReadonlySet<string> = new Set([
  "message/delivery-status",
  "message/global-delivery-status",
])

const originalTypes: ReadonlySet<string> = new Set([
  "message/rfc822",
  "message/global",
  "message/rfc822-headers",
  "text/rfc822-headers",
  "message/global-headers",
])

function decoded(bytes: Buffer, part: Part, limit: number): Buffer {
  return decodeTransfer(bytes.subarray(part.bodyStart, part.end), part.encoding, limit)
}
