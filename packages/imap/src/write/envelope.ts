/**
 * ENVELOPE from the text of a header's fields: unfolded, trimmed, encoded words left as they are.
 *
 *     envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
 *                env-bcc SP env-in-reply-to SP env-message-id ")"                       RFC 9051 §9, §7.5.2
 *     env-from = "(" 1*address ")" / nil                 and sender, reply-to, to, cc, bcc
 *     address  = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"             each an nstring
 */
import { type EnvelopeText, type Mailbox, parseAddressList } from "@letterkeep/mime"
import { nstring, quoted } from "./string.ts"

export function writeEnvelope(fields: EnvelopeText): string {
  const from = addresses(fields.from)
  // RFC 9051 §7.5.2: where Sender or Reply-To is absent or empty, it is what From is.
  const orFrom = (text: string | undefined): string => {
    const list = addresses(text)
    return list === "NIL" ? from : list
  }
  return (
    `(${nstring(fields.date)} ${nstring(fields.subject)} ${from} ${orFrom(fields.sender)} ` +
    `${orFrom(fields["reply-to"])} ${addresses(fields.to)} ${addresses(fields.cc)} ${addresses(fields.bcc)} ` +
    `${nstring(fields["in-reply-to"])} ${nstring(fields["message-id"])})`
  )
}

function addresses(text: string | undefined): string {
  if (text === undefined || text === "") return "NIL"
  let list = ""
  for (const address of parseAddressList(text)) {
    if (address.kind === "mailbox") list += writeMailbox(address)
    else {
      // RFC 9051 §7.5.2: a group begins with an address whose host is NIL, and ends with one that is all NIL.
      list += `(NIL NIL ${quoted(address.name)} NIL)`
      for (const member of address.members) list += writeMailbox(member)
      list += "(NIL NIL NIL NIL)"
    }
  }
  return list === "" ? "NIL" : `(${list})`
}

/** An address without a domain has the host "": NIL would make a group of it. */
function writeMailbox({ name, route, local, domain }: Mailbox): string {
  return `(${nstring(name)} ${nstring(route)} ${quoted(local)} ${quoted(domain)})`
}
