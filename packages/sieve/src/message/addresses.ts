/** Addresses in header fields and in scripts. */
import { domainToASCII } from "node:url"
import { type Mailbox, mailboxesOf, parseAddressList } from "@letterkeep/mime"

/** Fields that hold addresses: `address` looks at no others (RFC 5228 §5.1). */
export const addressFields: ReadonlySet<string> = new Set([
  ...["from", "sender", "reply-to", "to", "cc", "bcc"],
  ...["resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc"],
  ...["return-path", "delivered-to", "envelope-to", "x-original-to", "apparently-to", "errors-to"],
  ...["mail-followup-to", "mail-reply-to", "return-receipt-to", "disposition-notification-to"],
  // RFC 5228 §5.1 asks for all that hold address lists; these are such by registration or by custom.
  ...["for-approval", "for-handling", "for-comment", "read-receipt-to", "return-receipt-requested"],
  ...["registered-mail-reply-requested-by", "x-confirm-reading-to", "abuse-reports-to", "x-report-abuse-to"],
  ...["x-complaints-to", "x-admin", "x-beenthere", "x-original-from"],
])

/** Characters of an address: 64 before the "@" and 255 behind it (RFC 5321 §4.5.3.1). */
const addressLength = 320

/**
 * One address, with a name before it or without (RFC 5228 §2.4.2.3); undefined where it is none that mail could be sent
 * to.
 */
export function oneAddress(text: string): Mailbox | undefined {
  const [first, ...more] = readAddresses(text)
  return more.length === 0 ? first : undefined
}

/** One to `most` such addresses, parted by commas. */
export function isAddressList(text: string, most: number): boolean {
  const { length } = readAddresses(text)
  return length > 0 && length <= most
}

/** None where one of them, or anything else in the text, is no such address. */
function readAddresses(text: string): readonly Mailbox[] {
  if (text.length > textLimit || /[\0-\x08\x0a-\x1f\x7f]/.test(text)) return []
  const list = parseAddressList(text)
  if (list.some(one => one.kind === "group")) return []
  const good = mailboxesOf(list).filter(
    ({ local, domain, route }) =>
      route === undefined &&
      local.length + domain.length < addressLength &&
      isLocal(local) &&
      isDomain(domain),
  )
  return good.length === list.length ? good : []
}

/** Characters of a text that is read as addresses. */
const textLimit = 4_000

function isLocal(local: string): boolean {
  return local !== "" && local.length <= 64 && local.isWellFormed() && !/[\0-\x1f\x7f]/.test(local)
}

/** local@domain as it goes over the wire: a local part that is no dot-atom in quotes (RFC 5321 §4.1.2). */
export function addrSpec({ local, domain }: Pick<Mailbox, "local" | "domain">): string {
  const isDotAtom = /^[^\s<>()[\]\\,;:"@.]+(\.[^\s<>()[\]\\,;:"@.]+)*$/.test(local)
  return `${isDotAtom ? local : `"${local.replace(/["\\]/g, "\\$&")}"`}@${domain}`
}

/** Labels of letters, digits, inner hyphens and what is not ASCII; or an address in brackets. */
function isDomain(domain: string): boolean {
  if (/^\[[0-9a-z.:]+\]$/i.test(domain)) return true
  const labels = domain.split(".")
  return labels.every(label => /^[a-z0-9_\u0080-\uffff-]{1,63}$/i.test(label) && !/^-|-$/.test(label))
}

/** Octets of a name in the DNS, without its final dot (RFC 1035 §2.3.4). */
const nameOctets = 253

/**
 * Can the DNS be asked about the domain of an address from `oneAddress`? Not where no A-label can be made of one of its
 * labels, such as "⒈com" (RFC 5890 §2.3.2.1), or where what comes of them is too long.
 */
export function isInDns({ domain }: Pick<Mailbox, "domain">): boolean {
  if (domain.startsWith("[")) return true
  const lower = domain.toLowerCase()
  const ascii = /^[\x21-\x7e]*$/.test(lower) ? lower : domainToASCII(lower)
  return ascii.length <= nameOctets && ascii.split(".").every(label => label !== "" && label.length <= 63)
}

/** Whether two addresses are one: domains in any case, and local parts too, as nearly everybody takes them. */
export function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
