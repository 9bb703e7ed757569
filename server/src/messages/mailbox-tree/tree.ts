/** The mailboxes of an account as a transaction that changes one of them sees them, and the rows of such changes. */
import type { MailboxId, Tx } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { AccountChange } from "../change-account.ts"
import { changeOp, changeType } from "../changes.ts"
import type { MailboxEdit } from "../mail.ts"
import { type MailboxRole, uidValidityAt } from "../mailboxes.ts"
import { takeUpSubscriptions } from "./gone-subscriptions.ts"
import type { MailboxNames } from "./mailbox-names.ts"

export interface TreeMailbox {
  readonly id: MailboxId
  readonly name: string
  readonly role: string | null
  readonly uidValidity: number
}

/** By name. Bounded: `mailboxLimits.mailboxes`. */
export type Tree = ReadonlyMap<string, TreeMailbox>

export async function readTree({ tx, account }: AccountChange, names: MailboxNames): Promise<Tree> {
  const rows = await tx<
    { mailbox_id: MailboxId; name_sealed: Buffer; role: string | null; uid_validity: number }[]
  >`
    select mailbox_id, name_sealed, role, uid_validity from mailbox
    where account_id = ${account} order by mailbox_id`
  return new Map(
    rows.map(row => {
      const name = names.open(row.mailbox_id, row.name_sealed)
      return [name, { id: row.mailbox_id, name, role: row.role, uidValidity: row.uid_validity }]
    }),
  )
}

/** Makes mailboxes of these names, each with a UIDVALIDITY of its own. Subscribed where the name was: else that is a program's to say. */
export async function addMailboxes(
  change: AccountChange,
  names: MailboxNames,
  wanted: readonly { readonly name: string; readonly role: MailboxRole | null }[],
  now: number,
): Promise<readonly TreeMailbox[]> {
  const { tx, account, modseq } = change
  const made = wanted.map(({ name, role }) => ({
    id: asId<MailboxId>(change.state.mailboxNext++),
    name,
    role,
    uidValidity: takeUidValidity(change, now),
  }))
  const rows = made.map(({ id, name, role, uidValidity }) => ({
    account_id: account,
    mailbox_id: id,
    name_sealed: names.seal(id, name),
    role,
    uid_validity: uidValidity,
    modseq,
    subscribed: false,
  }))
  await tx`insert into mailbox ${tx(rows)}`
  await takeUpSubscriptions(change, names, made)
  await logMailboxes(change, made, "created")
  return made
}

export function takeUidValidity({ state }: AccountChange, now: number): number {
  const taken = uidValidityAt(now, state.uidValidityNext)
  state.uidValidityNext = taken + 1
  return taken
}

export async function logMailboxes(
  change: AccountChange,
  mailboxes: readonly { readonly id: MailboxId }[],
  op: "created" | "updated" | "destroyed",
): Promise<void> {
  const { tx, account, modseq } = change
  change.happened = true
  await tx`
    insert into change (account_id, modseq, type, id, op)
    select ${account}, ${modseq}, ${changeType.mailbox}, id, ${changeOp[op]}
    from unnest(${mailboxes.map(({ id }) => id)}::bigint[]) as changed(id)`
}

/** Whether the mailbox is still there. */
export async function isThere(tx: Tx, account: number, mailbox: MailboxId): Promise<boolean> {
  const { count } = await tx`
    select from mailbox where account_id = ${account} and mailbox_id = ${mailbox}`
  return count === 1
}

type Why = Extract<MailboxEdit, { kind: "refused" }>["why"]

export function refused(why: Why, sentence: string): MailboxEdit {
  return { kind: "refused", why, sentence }
}

export const noSuchMailbox = refused("no-such-mailbox", "There is no mailbox of that name.")
