import type { StatusItem } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { mailbox } from "../grammar/mailbox.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9: `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`, with the items of RFC 3501,
 * RFC 7162, RFC 7889, RFC 8438, RFC 8474 and RFC 9208 besides.
 */
export const status: Parser = d => {
  d.sp("STATUS")
  const name = mailbox(d, "STATUS")
  d.sp("the mailbox")
  return { name: "STATUS", mailbox: name, items: statusItems(d) }
}

const items: readonly StatusItem[] = [
  ...(["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED"] as const),
  ...(["DELETED-STORAGE", "SIZE", "HIGHESTMODSEQ", "MAILBOXID", "APPENDLIMIT"] as const),
]

export function statusItems(d: Decoder): StatusItem[] {
  return d.list(() => d.oneOf(items, "a status item"), "status items", { least: 1 })
}
