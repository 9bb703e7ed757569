/**
 * Copies or moves the messages of a mailbox into another, in a handful of statements whatever their number, inside a
 * change of their account. What the target holds already is only counted and numbered here: it needs an email of its
 * own (see duplicates.ts).
 *
 * Statements take their rows by lists of ids, which the database looks up one by one: a join might be planned by
 * statistics from before the mailbox grew.
 */
import type { EmailId, Fields, MailboxId, Store, Uid } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { AccountChange } from "../change-account.ts"
import { changeOp, changeType } from "../changes.ts"
import type { UidRange } from "../mail.ts"
import { firsts, lasts } from "../uid-ranges.ts"

export interface Transfer {
  readonly move: boolean
  readonly from: MailboxId
  readonly to: MailboxId
  readonly ranges: readonly UidRange[]
  /** Milliseconds since 1970: when they come into the target (RFC 8514 §3). */
  readonly now: number
}

export interface Transferred {
  readonly from: Uid
  readonly to: Uid
  readonly email: EmailId
  /** Marked; a copy is so too (RFC 9051 §6.4.7). */
  readonly deleted: boolean
  /** By the target, before: there is no message with the new UID yet. */
  readonly held: boolean
}

interface Source {
  readonly uid: Uid
  readonly email: EmailId
  readonly deleted: boolean
  readonly seen: boolean
  readonly size: number
  readonly held: boolean
}

/** Not by `exists`: the planner might answer that from a list of all messages of the target. */
const sources = `
  select m.uid, m.email_id, m.deleted, '$seen' = any(e.keywords), e.size, (
    select t.uid from membership t
    where t.account_id = $1::bigint and t.email_id = m.email_id and t.mailbox_id = $3::bigint limit 1) is not null
  from unnest($4::bigint[], $5::bigint[]) r(first, last)
  join membership m on m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid between r.first and r.last
  join email e on e.account_id = $1::bigint and e.email_id = m.email_id
  order by m.uid`

/** Ascending by the old UID. Both mailboxes must be there. */
export async function transfer(
  store: Pick<Store, "ask">,
  change: AccountChange,
  { move, from, to, ranges, now }: Transfer,
): Promise<readonly Transferred[]> {
  const { tx, account, modseq } = change
  const values = [account, from, to, firsts(ranges), lasts(ranges)]
  const found = await store.ask(tx, sources, values, readSource)
  if (found.length === 0) return []
  change.happened = true
  const uidNext = await count(change, to, found, 1)
  // A message that is moved to where it is only gets a new UID.
  const stays = move && from === to
  const done = found.map(
    ({ uid, email, deleted, held }, index): Transferred => ({
      from: uid,
      to: asId(uidNext + index),
      email,
      deleted,
      held: held && !stays,
    }),
  )
  const placed = done.filter(({ held }) => !held)
  const emails = placed.map(({ email }) => email)
  // Sent one behind the other without waiting; each sees what those before it did.
  await Promise.all([
    ...(move ? leave(change, from, found) : [logCopies(change, emails)]),
    tx`
      insert into membership (account_id, mailbox_id, uid, email_id, modseq, saved_at, deleted)
      select ${account}, ${to}, uid, email_id, ${modseq}, ${new Date(now)}, deleted = 1
      from unnest(
        ${placed.map(each => each.to)}::bigint[], ${emails}::bigint[],
        ${placed.map(({ deleted }) => (deleted ? 1 : 0))}::bigint[]) as placed(uid, email_id, deleted)`,
  ])
  return done
}

function leave(change: AccountChange, from: MailboxId, found: readonly Source[]): Promise<unknown>[] {
  const { tx, account, modseq } = change
  const uids = found.map(({ uid }) => uid)
  return [
    count(change, from, found, -1),
    tx`
      delete from membership
      where account_id = ${account} and mailbox_id = ${from} and uid = any(${uids}::bigint[])`,
    tx`
      insert into change (account_id, modseq, type, id, op, mailbox_id, uid)
      select ${account}, ${modseq}, ${changeType.email}, email_id, ${changeOp.removed}, ${from}, uid
      from unnest(${found.map(({ email }) => email)}::bigint[], ${uids}::bigint[]) as left_it(email_id, uid)`,
  ]
}

async function logCopies({ tx, account, modseq }: AccountChange, emails: readonly EmailId[]): Promise<void> {
  await tx`
    insert into change (account_id, modseq, type, id, op)
    select ${account}, ${modseq}, ${changeType.email}, email_id, ${changeOp.updated}
    from unnest(${emails}::bigint[]) as copied(email_id)`
}

function readSource(fields: Fields): Source {
  return {
    uid: asId(fields.int8()),
    email: asId(fields.int8()),
    deleted: fields.bool(),
    seen: fields.bool(),
    size: fields.int8(),
    held: fields.bool(),
  }
}

/** Adds to, or takes from, a mailbox's counters. Resolves with its first free UID; those that come take UIDs. */
async function count(
  { tx, account, modseq }: AccountChange,
  mailbox: MailboxId,
  found: readonly Source[],
  sign: 1 | -1,
): Promise<number> {
  let [unseen, deleted, bytes] = [0, 0, 0]
  for (const each of found) {
    if (!each.seen) unseen++
    if (each.deleted) deleted++
    bytes += each.size
  }
  const taken = sign === 1 ? found.length : 0
  const [row] = await tx<{ uid: number }[]>`
    update mailbox set
      total = total + ${sign * found.length}, unseen = unseen + ${sign * unseen},
      deleted = deleted + ${sign * deleted}, bytes = bytes + ${sign * bytes},
      uid_next = uid_next + ${taken}, modseq = ${modseq}
    where account_id = ${account} and mailbox_id = ${mailbox}
    returning uid_next - ${taken} as uid`
  if (row === undefined) throw new Error("the mailbox has gone under the lock of its account")
  return row.uid
}
