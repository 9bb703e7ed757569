/**
 * The mailboxes of an account as a tree, with the levels that have no mailbox of their own but some below them: a
 * client sees these as names that cannot be opened (RFC 9051 §6.3.9).
 */
import { hierarchySeparator } from "@letterkeep/imap"
import type { MailboxInfo } from "../../../messages/index.ts"

export interface Level {
  readonly name: string
  /** Undefined: only mailboxes below it are there. */
  readonly mailbox: MailboxInfo | undefined
  readonly hasChildren: boolean
  /** Somewhere below it lies a mailbox that is subscribed, one that has a special use. */
  readonly subscribedBelow: boolean
  readonly specialBelow: boolean
}

type Marks = { -readonly [K in keyof Level]: Level[K] }

/** INBOX first, then by name. */
export function levelsOf(mailboxes: readonly MailboxInfo[]): readonly Level[] {
  const levels = new Map<string, Marks>()
  const levelOf = (name: string): Marks => {
    const known = levels.get(name)
    if (known !== undefined) return known
    const level = {
      name,
      mailbox: undefined,
      hasChildren: false,
      subscribedBelow: false,
      specialBelow: false,
    }
    levels.set(name, level)
    return level
  }
  for (const mailbox of mailboxes) {
    levelOf(mailbox.name).mailbox = mailbox
    for (let at = mailbox.name.lastIndexOf(hierarchySeparator); at > 0; ) {
      const above = levelOf(mailbox.name.slice(0, at))
      above.hasChildren = true
      above.subscribedBelow ||= mailbox.subscribed
      above.specialBelow ||= useOf(mailbox) !== undefined
      at = mailbox.name.lastIndexOf(hierarchySeparator, at - 1)
    }
  }
  const rank = ({ name }: Level): number => (name === "INBOX" ? 0 : 1)
  return [...levels.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
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
