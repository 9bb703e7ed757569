import { type AccountChange, changeAccount } from "../change-account.ts"
import type { MailboxEdit } from "../mail.ts"
import type { MailboxRole } from "../mailboxes.ts"
import type { AccountParts } from "../open-mail.ts"
import { canonicalName, faultOfName, levelsAbove, mailboxLimits, separator } from "./names.ts"
import { addMailboxes, readTree, refused } from "./tree.ts"

/** RFC 9051 §6.3.4, and RFC 6154 §3 for `role`. */
export async function createMailbox(
  parts: Pick<AccountParts, "store" | "account" | "names" | "clock">,
  given: string,
  role: MailboxRole | null,
): Promise<MailboxEdit> {
  // RFC 9051 §6.3.4: a separator at the end only says that names below will follow.
  const name = canonicalName(given.endsWith(separator) ? given.slice(0, -separator.length) : given)
  const fault = faultOfName(name)
  if (fault !== undefined) return refused("bad-name", fault)
  if (role === "inbox") return refused("not-allowed", "There is one inbox.")
  return await changeAccount(parts.store, parts.account, change => create(parts, change, name, role))
}

async function create(
  { names, clock }: Pick<AccountParts, "names" | "clock">,
  change: AccountChange,
  name: string,
  role: MailboxRole | null,
): Promise<MailboxEdit> {
  const tree = await readTree(change, names)
  if (tree.has(name)) return refused("exists", "There is a mailbox of that name.")
  if (role !== null && [...tree.values()].some(mailbox => mailbox.role === role))
    return refused("use-taken", "Another mailbox has that use.")
  // RFC 9051 §6.3.4: the levels above are made where they lack.
  const above = levelsAbove(name).filter(level => !tree.has(level))
  if (tree.size + above.length + 1 > mailboxLimits.mailboxes) return tooManyMailboxes
  const wanted = [...above.map(level => ({ name: level, role: null })), { name, role }]
  const made = await addMailboxes(change, names, wanted, clock.now())
  const last = made.at(-1)
  if (last === undefined) throw new Error("no mailbox was made")
  return { kind: "done", id: last.id }
}

export const tooManyMailboxes = refused(
  "too-many",
  `An account has at most ${mailboxLimits.mailboxes} mailboxes.`,
)
