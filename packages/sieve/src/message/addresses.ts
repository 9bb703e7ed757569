/** Addresses in header fields and in scripts. */
import { type Mailbox, mailboxesOf, parseAddressList } from "@letterkeep/mime"

/** Fields that hold addresses: `address` looks at no others (RFC 5228 §5.1). */
export const addressFields: ReadonlySet<string> = new Set([
  ...["from", "sender", "reply-to", "to", "cc", "bcc"],
  ...["resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc"],
  ...["return-path", "delivered-to", "envelope-to", "x-original-to", "apparently-to", "errors-to"],
  ...["mail-followup-to", "mail-reply-to", "return-receipt-to", "disposition-notification-to"],
  ...["x-original-from", "x-beenthere", "x-complaints-to", "x-report-abuse-to", "abuse-reports-to"],
])

/** Characters of an address: 64 before the "@" and 255 behind it (RFC 5321 §4.5.3.1). */
const addressLength = 320

/**
 * One address, with a name before it or without (RFC 5228 §2.4.2.3); undefined where it is none that mail could be sent
 * to.
 */
export function oneAddress(text: string): Mailbox | undefined {
  if (text.length > 1_000 || /[\0-\x08\x0a-\x1f\x7f]/.test(text)) return undefined
  const list = parseAddressList(text)
  const [first, ...more] = mailboxesOf(list)
  if (first === undefined || more.length > 0 || list[0]?.kind === "group") return undefined
  const { local, domain, route } = first
  if (route !== undefined || local.length + domain.length >= addressLength) return undefined
  return isLocal(local) && isDomain(domain) ? first : undefined
}

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

/** Whether two addresses are one: domains in any case, and local parts too, as nearly everybody takes them. */
export function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
