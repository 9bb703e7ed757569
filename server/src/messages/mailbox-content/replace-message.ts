import type { Permit } from "../../privacy/index.ts"
import type { MailboxId, Uid } from "../../store/index.ts"
import type { Appended, Mail } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { findLeaving, removeThese } from "../remove-messages.ts"
import { appendMessages } from "./append-messages.ts"

type NoMessage = { readonly kind: "no-such-message" }

/** REPLACE (RFC 8508 §3.4): the old one goes and the new one comes in one step, or neither. */
export async function replaceMessage(
  parts: AccountParts,
  from: MailboxId,
  uid: Uid,
  to: string,
  message: Parameters<Mail["replace"]>[3],
  permit: Permit<"mail.organise">,
): Promise<Appended | NoMessage> {
  return await appendMessages<NoMessage>(parts, to, [message], permit, async change => {
    const old = await findLeaving(parts.store, change, from, uid)
    if (old === undefined) return { kind: "no-such-message" }
    // Before the quota is asked: a larger draft takes the room of the one it stands for.
    await removeThese(change, from, [old])
    return undefined
  })
}
