import { mailboxNameOf } from "@letterkeep/imap"
import type { MailboxInfo } from "../../../messages/index.ts"
import { type Answer, namesAreUtf8, type Visit } from "../handler.ts"
import { reading } from "../selected/open-mailbox.ts"

export interface Named {
  readonly mailbox: MailboxInfo
  /** As the client has named it, in Unicode. */
  readonly name: string
}

/** By its name on the wire. */
export async function findMailbox(
  visit: Pick<Visit, "mail" | "enabled" | "privacy">,
  wire: string,
): Promise<Named | undefined> {
  const name = mailboxNameOf(wire, namesAreUtf8(visit.enabled))
  if (name === undefined) return undefined
  const mailboxes = await visit.mail.mailboxes()
  const mailbox = await reading(visit, async permit => mailboxes.find(one => one.name.open(permit) === name))
  return mailbox === undefined ? undefined : { mailbox, name }
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
