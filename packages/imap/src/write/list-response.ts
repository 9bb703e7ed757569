/** Untagged LIST, LSUB and STATUS (RFC 9051 §7.3), whole lines. */
import type { StatusItem } from "../command.ts"
import { hierarchySeparator, writeMailboxName } from "../mailbox/name.ts"
import { astring } from "./string.ts"

export interface ListedMailbox {
  readonly name: string
  /** With their backslash: `\HasChildren`, `\Subscribed`, `\Sent`. */
  readonly attributes: readonly string[]
  /** Something below it matches though it does not: of RECURSIVEMATCH (RFC 5258 §4). */
  readonly childInfo?: readonly "SUBSCRIBED"[]
  /** Of a name that the client wrote otherwise (RFC 9051 §6.3.9.7). */
  readonly oldName?: string
}

/**
 *     mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
 *                    [SP mbox-list-extended]                                               RFC 9051 §9
 */
export function writeList(listed: ListedMailbox, utf8: boolean): string {
  const extended: string[] = []
  const { childInfo = [], oldName } = listed
  if (childInfo.length > 0) extended.push(`"CHILDINFO" (${childInfo.map(one => `"${one}"`).join(" ")})`)
  if (oldName !== undefined) extended.push(`"OLDNAME" (${writeMailboxName(oldName, utf8)})`)
  const tail = extended.length === 0 ? "" : ` (${extended.join(" ")})`
  return `* LIST ${mailboxList(listed, utf8)}${tail}\r\n`
}

/** RFC 3501 §7.2.3. */
export function writeLsub(listed: ListedMailbox, utf8: boolean): string {
  return `* LSUB ${mailboxList(listed, utf8)}\r\n`
}

function mailboxList({ name, attributes }: ListedMailbox, utf8: boolean): string {
  return `(${attributes.join(" ")}) "${hierarchySeparator}" ${writeMailboxName(name, utf8)}`
}

/** Values as they are written: numbers, `(F12)` for MAILBOXID, NIL. */
export function writeStatus(
  name: string,
  values: readonly (readonly [item: StatusItem, value: number | string])[],
  utf8: boolean,
): string {
  const list = values.map(([item, value]) => `${item} ${value}`).join(" ")
  return `* STATUS ${writeMailboxName(name, utf8)} (${list})\r\n`
}

/** Untagged NAMESPACE (RFC 2342 §5): one personal namespace, without a prefix. */
export const namespaceResponse = `* NAMESPACE (("" "${hierarchySeparator}")) NIL NIL\r\n`

export interface QuotaResource {
  /** STORAGE counts units of 1,024 octets (RFC 9208 §5.1). */
  readonly name: "STORAGE" | "MESSAGE"
  readonly used: number
  readonly limit: number
}

/** RFC 9208 §4.2.1. */
export function writeQuota(root: string, resources: readonly QuotaResource[]): string {
  const list = resources.map(({ name, used, limit }) => `${name} ${used} ${limit}`).join(" ")
  return `* QUOTA ${astring(root)} (${list})\r\n`
}

/** RFC 9208 §4.2.2. */
export function writeQuotaRoot(mailbox: string, roots: readonly string[], utf8: boolean): string {
  return `* QUOTAROOT ${[writeMailboxName(mailbox, utf8), ...roots.map(astring)].join(" ")}\r\n`
}
