import { mailboxNameOf } from "@letterkeep/imap"
import type { MailboxInfo } from "../../../messages/index.ts"
import { type Answer, namesAreUtf8, type Visit } from "../handler.ts"

/** By its name on the wire. */
export async function findMailbox(
  { mail, enabled }: Pick<Visit, "mail" | "enabled">,
  wire: string,
): Promise<MailboxInfo | undefined> {
  const name = mailboxNameOf(wire, namesAreUtf8(enabled))
  return name === undefined ? undefined : (await mail.mailboxes()).find(one => one.name === name)
}

export const noSuchMailbox: Answer = {
  kind: "no",
  code: "NONEXISTENT", // RFC 9051 §7.1
  text: "There is no such mailbox; LIST shows those that are there",
}

export const noSuchName: Answer = {
  kind: "no",
  code: "CANNOT",
  text: "No mailbox can be called so; write names in UTF-8 after ENABLE of UTF8=ACCEPT or IMAP4rev2, else in UTF-7",
}
