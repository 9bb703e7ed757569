/** A letter that a filter writes: into the queue, or straight to whoever it is for where they are here. */
import { isAscii } from "node:buffer"
import { scanMessage } from "@letterkeep/mime"
import { type Delivery, writtenHere } from "../../messages/index.ts"
import { mailAddress, mailContent, type Permit } from "../../privacy/index.ts"
import { hasDomain, type OutgoingMail } from "../../sending/index.ts"
import type { AccountId } from "../../store/ids.ts"
import { knownBy, type Queued, queueMail } from "../queue-mail.ts"
import { screeningField } from "../trace-fields.ts"
import type { FilterParts } from "./parts.ts"

export interface Letter {
  /** Whose filter writes. */
  readonly account: AccountId
  readonly to: string
  readonly bytes: Buffer
  readonly signedBy: string | undefined
  readonly kind: Extract<OutgoingMail["kind"], "reply" | "report">
  /** Milliseconds since 1970. */
  readonly now: number
  /** Why somebody here has it, where it is not from a filter of somebody here. */
  readonly reason?: LetterReason
}

interface LetterReason {
  readonly code: string
  readonly sentence: string
}

export type Sent =
  | { readonly kind: "queued"; readonly rows: Queued }
  | { readonly kind: "here"; readonly delivery: Delivery }
  /** A domain of ours without that mailbox. */
  | { readonly kind: "nobody" }
  /** An address at a domain that the DNS cannot have: a stranger may call themselves so. */
  | { readonly kind: "nowhere" }

/** From the null path, and nobody is told what became of it (RFC 5230 §5.1). */
export async function sendLetter(
  parts: FilterParts,
  { account, to, bytes, signedBy, kind, now, reason = fromFilter }: Letter,
  permit: Permit<"mail.send">,
): Promise<Sent> {
  const address = mailAddress(to)
  const found = await parts.people.findRecipient(address, permit)
  if (found.kind === "unknown") return { kind: "nobody" }
  if (found.kind === "local")
    return { kind: "here", delivery: deliveryOf(parts, found.accountId, bytes, now, reason) }
  if (!hasDomain(to)) return { kind: "nowhere" }
  const headerEnd = bytes.indexOf("\r\n\r\n")
  const mail: OutgoingMail = {
    account,
    reversePath: mailAddress(""),
    recipients: [{ address, notify: ["never"] }],
    parts: [mailContent(bytes)],
    size: bytes.length,
    signedBy,
    smtputf8: !isAscii(Buffer.from(to)) || !isAscii(bytes.subarray(0, headerEnd)),
    body: isAscii(bytes) ? "7BIT" : "8BITMIME",
    requireTls: false,
    receivedAt: now,
    notBefore: now,
    expiresAt: now + parts.retryMs,
    kind,
  }
  return { kind: "queued", rows: await queueMail(parts, mail, knownBy(scanMessage(bytes)), permit) }
}

function deliveryOf(
  { vaults }: Pick<FilterParts, "vaults">,
  account: AccountId,
  bytes: Buffer,
  now: number,
  reason: LetterReason,
): Delivery {
  const reasons = [reason]
  const above = Buffer.from(`Return-Path: <>\r\n${screeningField("accept", reasons)}`)
  return writtenHere(vaults, { account, bytes, above, reasons, now })
}

const fromFilter: LetterReason = {
  code: "sent-from-here",
  sentence: "A filter of somebody who has an account here wrote it.",
}
