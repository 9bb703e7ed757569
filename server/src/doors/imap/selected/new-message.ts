/** A message that a client brings by APPEND or REPLACE, as the store takes it. */
import type { NewMessage } from "@letterkeep/imap"
import type { Incoming } from "../../../messages/index.ts"
import { type MailContent, mailContent } from "../../../privacy/index.ts"
import type { AccountId } from "../../../store/ids.ts"
import type { Answer, Feature } from "../handler.ts"
import { readFlags } from "./flags.ts"

export type MessageRead = MailContent<Incoming>

export type NewMessageRead =
  | { readonly kind: "message"; readonly message: MessageRead }
  | { readonly kind: "refused"; readonly answer: Answer }

/** `account`: whose message it will be. */
export function readNewMessage(
  brought: NewMessage,
  enabled: ReadonlySet<Feature>,
  account: AccountId,
): NewMessageRead {
  const { pieces, form, internalDate, octets } = brought
  // RFC 6855 §4: UTF8 data belongs to those who have enabled it; RFC 9051 clients send such messages as they are.
  if (form === "utf8" && !enabled.has("UTF8=ACCEPT"))
    return refused({ kind: "bad", text: "APPEND with UTF8 comes after ENABLE UTF8=ACCEPT" })
  if (octets === 0) return refused({ kind: "no", text: "A message has at least one octet" })
  // RFC 9051 §9, CHAR8: a literal has no NUL, a literal8 may.
  if (form === "literal" && pieces.some(piece => piece.includes(0)))
    return refused({ kind: "no", text: "A message with NUL comes as a literal8: ~{n}" })
  const flags = readFlags(brought.flags)
  if (flags.kind === "refused") return refused({ kind: "bad", text: flags.text })
  const { keywords, deleted } = flags
  const message = { parts: pieces, keywords, deleted, receivedAt: internalDate }
  return { kind: "message", message: mailContent(message, account) }
}

function refused(answer: Answer): NewMessageRead {
  return { kind: "refused", answer }
}
