import type { MailboxId } from "../../store/index.ts"
import { type AccountChange, changeAccount } from "../change-account.ts"
import type { MailboxEdit } from "../mail.ts"
import { transfer } from "../mailbox-content/transfer.ts"
import type { AccountParts } from "../open-mail.ts"
import { everyUid } from "../uid-ranges.ts"
import { tooManyMailboxes } from "./create-mailbox.ts"
import { takeUpSubscriptions } from "./gone-subscriptions.ts"
import { canonicalName, faultOfName, inboxName, isBelow, levelsAbove, mailboxLimits } from "./names.ts"
import {
  addMailboxes,
  logMailboxes,
  noSuchMailbox,
  readTree,
  refused,
  type Tree,
  type TreeMailbox,
  takeUidValidity,
} from "./tree.ts"

/**
 * RFC 9051 §6.3.6, with all mailboxes below. Each gets a new UIDVALIDITY, since another mailbox may have had its new
 * name before, with UIDs of its own and a greater UIDVALIDITY (RFC 9051 §2.3.1.1). Whether one did is not known: names
 * that were given up are not kept. Its subscription goes with it.
 */
export async function renameMailbox(
  parts: AccountParts,
  givenFrom: string,
  givenTo: string,
): Promise<MailboxEdit> {
  const from = canonicalName(givenFrom)
  const to = canonicalName(givenTo)
  const fault = faultOfName(to)
  if (fault !== undefined) return refused("bad-name", fault)
  if (isBelow(to, from) && from !== inboxName)
    return refused("not-allowed", "A mailbox cannot be moved below itself.")
  return await changeAccount(parts.store, parts.account, async change => {
    const tree = await readTree(change, parts.names)
    if (from === inboxName) return await renameInbox(parts, change, tree, to)
    const moving = [...tree.values()].filter(({ name }) => name === from || isBelow(name, from))
    const moved = moving.map(mailbox => ({ ...mailbox, name: to + mailbox.name.slice(from.length) }))
    const refusal = refusalOf(tree, moved, to)
    if (refusal !== undefined) return refusal
    const [first] = moved
    if (first === undefined) return noSuchMailbox
    const now = parts.clock.now()
    const above = levelsAbove(to).filter(level => !tree.has(level))
    if (tree.size + above.length > mailboxLimits.mailboxes) return tooManyMailboxes
    if (above.length > 0)
      await addMailboxes(
        change,
        parts.names,
        above.map(name => ({ name, role: null })),
        now,
      )
    await writeNames(parts, change, moved, now)
    return { kind: "done", id: moved.find(({ name }) => name === to)?.id ?? first.id }
  })
}

function refusalOf(tree: Tree, moved: readonly TreeMailbox[], to: string): MailboxEdit | undefined {
  if (moved.length === 0) return noSuchMailbox
  if (tree.has(to)) return refused("exists", "There is a mailbox of that name.")
  for (const { name } of moved) {
    if (tree.has(name)) return refused("exists", "There is a mailbox of that name, or below it.")
    const fault = faultOfName(name)
    if (fault !== undefined) return refused("bad-name", fault)
  }
  return undefined
}

/** At most `mailboxLimits.mailboxes`. */
async function writeNames(
  { names }: AccountParts,
  change: AccountChange,
  moved: readonly TreeMailbox[],
  now: number,
): Promise<void> {
  const { tx, account } = change
  const sealed = moved.map(({ id, name }) => names.seal(id, name).toString("hex"))
  const validities = moved.map(() => takeUidValidity(change, now))
  await tx`
    update mailbox b set name_sealed = decode(n.sealed, 'hex'), uid_validity = n.uid_validity
    from unnest(
      ${moved.map(({ id }) => id)}::bigint[], ${sealed}::text[], ${validities}::bigint[])
      as n(mailbox_id, sealed, uid_validity)
    where b.account_id = ${account} and b.mailbox_id = n.mailbox_id`
  await takeUpSubscriptions(change, names, moved)
  await logMailboxes(change, moved, "updated")
}

/** RFC 9051 §6.3.6: what is in INBOX goes to a new mailbox, what is below it stays. */
async function renameInbox(
  parts: AccountParts,
  change: AccountChange,
  tree: Tree,
  to: string,
): Promise<MailboxEdit> {
  const inbox = tree.get(inboxName)
  if (inbox === undefined) return noSuchMailbox
  if (tree.has(to)) return refused("exists", "There is a mailbox of that name.")
  const wanted = [...levelsAbove(to).filter(level => !tree.has(level)), to]
  if (tree.size + wanted.length > mailboxLimits.mailboxes) return tooManyMailboxes
  const now = parts.clock.now()
  const made = await addMailboxes(
    change,
    parts.names,
    wanted.map(name => ({ name, role: null })),
    now,
  )
  const id: MailboxId | undefined = made.at(-1)?.id
  if (id === undefined) throw new Error("no mailbox was made")
  await transfer(parts.store, change, { move: true, from: inbox.id, to: id, ranges: everyUid, now })
  return { kind: "done", id }
}
