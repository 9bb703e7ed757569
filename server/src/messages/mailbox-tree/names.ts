/**
 * Names of mailboxes. A name is a whole path, its levels parted by "/":
 *
 *   name  = level *("/" level)
 *   level = 1*char            ; no control character, no "/"
 *
 * Names are in NFC (RFC 5198 §3), so that two ways to write one letter are one name. INBOX is the same in any case,
 * as a name and as the first level of one (RFC 9051 §5.1).
 */
export const separator = "/"
export const inboxName = "INBOX"

export const mailboxLimits = {
  /** Of an account. */
  mailboxes: 5_000,
  /** Subscriptions of an account whose mailbox has gone. */
  goneSubscriptions: 1_000,
  /** Levels of a name. */
  levels: 32,
  /** Octets of a name in UTF-8. */
  nameOctets: 1_000,
  /** Octets of a level in UTF-8: what the file systems of backups take. */
  levelOctets: 255,
} as const

/** The form under which a name is kept and found. One that is far too long stays as it is: no work is done for it. */
export function canonicalName(name: string): string {
  // Composing makes of at most three units one.
  if (name.length > 4 * mailboxLimits.nameOctets) return name
  const composed = name.normalize("NFC")
  const end = composed.indexOf(separator)
  const first = end === -1 ? composed : composed.slice(0, end)
  return anyInbox.test(first) ? inboxName + composed.slice(first.length) : composed
}

/** In ASCII alone: a dotless "ı" is no "I". */
const anyInbox = /^inbox$/i

/** Controls, and what ends a line in Unicode: RFC 6855 §3 keeps both out of names. */
const forbidden = /[\p{Cc}\u2028\u2029]/u

/** What is wrong with a canonical name, as a sentence for the person; undefined: nothing. */
export function faultOfName(name: string): string | undefined {
  if (!name.isWellFormed()) return "The name is not proper Unicode."
  if (forbidden.test(name)) return "A name holds no control characters."
  if (Buffer.byteLength(name) > mailboxLimits.nameOctets)
    return `A name is at most ${mailboxLimits.nameOctets} octets long.`
  const levels = name.split(separator)
  if (levels.includes("")) return `Between "${separator}" and "${separator}" there has to be a name.`
  if (levels.length > mailboxLimits.levels) return `A name has at most ${mailboxLimits.levels} levels.`
  if (levels.some(level => Buffer.byteLength(level) > mailboxLimits.levelOctets))
    return `A level of a name is at most ${mailboxLimits.levelOctets} octets long.`
  return undefined
}

/** The names of the levels above, from the top. */
export function levelsAbove(name: string): readonly string[] {
  const above: string[] = []
  for (let at = name.indexOf(separator); at !== -1; at = name.indexOf(separator, at + 1))
    above.push(name.slice(0, at))
  return above
}

export function isBelow(name: string, upper: string): boolean {
  return name.length > upper.length && name.startsWith(upper) && name[upper.length] === separator
}
