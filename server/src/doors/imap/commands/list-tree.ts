/**
 * The mailboxes of an account as a tree, with the levels that have no mailbox of their own but some below them: a
 * client sees these as names that cannot be opened (RFC 9051 §6.3.9). Names that are subscribed though their mailbox
 * has gone are in it too.
 */
import { hierarchySeparator } from "@letterkeep/imap"
import type { MailboxInfo } from "../../../messages/index.ts"
import type { MailContent, Permit } from "../../../privacy/index.ts"

export interface Level {
  readonly name: string
  /** Undefined: there is none of that name, only some below it, or a subscription that outlived it. */
  readonly mailbox: MailboxInfo | undefined
  readonly subscribed: boolean
  /** A mailbox lies below it. */
  readonly hasChildren: boolean
  /** A name below it is subscribed. */
  readonly subscribedBelow: boolean
}

type Marks = { -readonly [K in keyof Level]: Level[K] }

/** INBOX first, then by name. `gone`: names that are subscribed and have no mailbox. */
export function levelsOf(
  mailboxes: readonly MailboxInfo[],
  gone: readonly MailContent<string>[],
  permit: Permit<"mail.read">,
): readonly Level[] {
  const levels = new Map<string, Marks>()
  const levelOf = (name: string): Marks => {
    const known = levels.get(name)
    if (known !== undefined) return known
    const level = { name, mailbox: undefined, subscribed: false, hasChildren: false, subscribedBelow: false }
    levels.set(name, level)
    return level
  }
  const add = (name: string, mailbox: MailboxInfo | undefined, subscribed: boolean): void => {
    const level = levelOf(name)
    level.mailbox ??= mailbox
    level.subscribed ||= subscribed
    for (const upper of namesAbove(name)) {
      const above = levelOf(upper)
      above.hasChildren ||= mailbox !== undefined
      above.subscribedBelow ||= subscribed
    }
  }
  for (const mailbox of mailboxes) add(mailbox.name.open(permit), mailbox, mailbox.subscribed)
  for (const name of gone) add(name.open(permit), undefined, true)
  const rank = ({ name }: Level): number => (name === "INBOX" ? 0 : 1)
  return [...levels.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

/** Of the levels above it, the nearest first. */
export function* namesAbove(name: string): Generator<string> {
  for (let at = name.lastIndexOf(hierarchySeparator); at > 0; ) {
    yield name.slice(0, at)
    at = name.lastIndexOf(hierarchySeparator, at - 1)
  }
}

/** Special uses by our roles (RFC 6154 §2); INBOX is known by its name. */
const uses = {
  drafts: "\\Drafts",
  sent: "\\Sent",
  junk: "\\Junk",
  trash: "\\Trash",
  archive: "\\Archive",
} as const

export function useOf({ role }: MailboxInfo): string | undefined {
  return role === null || role === "inbox" ? undefined : uses[role]
}

export type SpecialRole = keyof typeof uses

/** RFC 9051 §9: attributes in any case. */
export function roleOfUse(use: string): SpecialRole | undefined {
  for (const [role, attribute] of Object.entries(uses))
    if (attribute.toLowerCase() === use.toLowerCase()) return role as SpecialRole // a key of `uses`
  return undefined
}
