/** APPEND (RFC 9051 §6.3.12), of several messages too (RFC 3502): all of them or none. */
import { appendUidCode, type CommandOf, mailboxNameOf } from "@letterkeep/imap"
import { type Answer, namesAreUtf8, type Visit } from "../handler.ts"
import { type MessageRead, readNewMessage } from "./new-message.ts"
import { organising } from "./open-mailbox.ts"
import { refusalOf, tryCreate } from "./refusals.ts"

export async function append(visit: Visit, command: CommandOf<"APPEND">): Promise<Answer> {
  const { mail, enabled } = visit
  const to = mailboxNameOf(command.mailbox, namesAreUtf8(enabled))
  if (to === undefined) return tryCreate
  const messages: MessageRead[] = []
  for (const brought of command.messages) {
    const read = readNewMessage(brought, enabled, mail.account)
    if (read.kind === "refused") return read.answer
    messages.push(read.message)
  }
  const appended = await organising(visit, permit => mail.append(to, messages, permit))
  if (appended.kind !== "appended") return refusalOf(appended)
  return { kind: "ok", code: appendUidCode(appended.uidValidity, appended.uids), text: "Kept" }
}
