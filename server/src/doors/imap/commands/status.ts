/**
 * STATUS (RFC 9051 §6.3.11), with SIZE, HIGHESTMODSEQ (RFC 7162 §3.1.7), MAILBOXID (RFC 8474 §4.3), APPENDLIMIT
 * (RFC 7889) and DELETED-STORAGE (RFC 9208 §4.1.4).
 *
 *     "* STATUS" SP mailbox SP "(" [status-att SP number *(SP status-att SP number)] ")"
 */
import { type StatusItem, writeMailboxName } from "@letterkeep/imap"
import { type Mail, type MailboxInfo, mailboxObjectId } from "../../../messages/index.ts"
import { type Answer, namesAreUtf8, type Out, type Visit } from "../handler.ts"

import { findMailbox, type Named, noSuchMailbox } from "./find-mailbox.ts"

export async function status(
  visit: Pick<Visit, "mail" | "enabled" | "privacy">,
  name: string,
  items: readonly StatusItem[],
  appendLimit: number,
  out: Out,
): Promise<Answer> {
  const found = await findMailbox(visit, name)
  if (found === undefined) return noSuchMailbox
  // RFC 7162 §3.1: whoever asks for modseqs shows that it knows them.
  if (items.includes("HIGHESTMODSEQ")) visit.enabled.add("CONDSTORE")
  out.write(await statusLine(visit.mail, found, items, appendLimit, namesAreUtf8(visit.enabled)))
  return { kind: "ok", text: "That is its status" }
}

export async function statusLine(
  mail: Mail,
  { mailbox, name }: Named,
  items: readonly StatusItem[],
  appendLimit: number,
  utf8: boolean,
): Promise<string> {
  const values: string[] = []
  for (const item of items) values.push(`${item} ${await itemOf(mail, mailbox, item, appendLimit)}`)
  return `* STATUS ${writeMailboxName(name, utf8)} (${values.join(" ")})\r\n`
}

async function itemOf(
  mail: Mail,
  mailbox: MailboxInfo,
  item: StatusItem,
  appendLimit: number,
): Promise<number | string> {
  switch (item) {
    case "MESSAGES":
      return mailbox.total
    case "RECENT":
      // Departs from RFC 3501 §2.3.2: no message is shown as recent; RFC 9051 has the flag no more.
      return 0
    case "UIDNEXT":
      return mailbox.uidNext
    case "UIDVALIDITY":
      return mailbox.uidValidity
    case "UNSEEN":
      return mailbox.unseen
    case "DELETED":
      return mailbox.deleted
    case "DELETED-STORAGE":
      return mailbox.deleted === 0 ? 0 : await octetsOfDeleted(mail, mailbox)
    case "SIZE":
      return mailbox.bytes
    case "HIGHESTMODSEQ":
      return mailbox.modseq
    case "MAILBOXID":
      return `(${mailboxObjectId(mailbox.id)})`
    case "APPENDLIMIT":
      return appendLimit
  }
}

const highestUid = 4_294_967_295

async function octetsOfDeleted(mail: Mail, { id }: MailboxInfo): Promise<number> {
  let octets = 0
  for await (const rows of mail.rows(id, [{ first: 1, last: highestUid }]))
    for (const row of rows) if (row.deleted) octets += row.size
  return octets
}
