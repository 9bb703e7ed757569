/**
 * Takes messages out of a mailbox, inside a change of their account. An email that was in no other mailbox goes with
 * its last message: its rows, its entry, and its body unless another email was made on the same one. What threads
 * know of it stays, so that answers still find their thread.
 *
 * Bounded by count and octets: who removes more does it in several changes.
 */
import type { EmailId, MailboxId, Store, Uid } from "../store/index.ts"
import { asId } from "../store/index.ts"
import type { AccountChange } from "./change-account.ts"
import { changeOp, changeType } from "./changes.ts"
import type { UidRange } from "./mail.ts"
import { forgetInIndex } from "./sealed-index/forget.ts"
import { firsts, lasts } from "./uid-ranges.ts"

export const removalLimits = { messages: 2_000, bytes: 256 * 1024 * 1024 } as const

export interface Leaving {
  readonly uid: Uid
  readonly email: EmailId
  readonly deleted: boolean
  readonly seen: boolean
  readonly size: number
  readonly body: Buffer
  /** It is in no other mailbox. */
  readonly last: boolean
}

export interface Removal {
  readonly uids: readonly Uid[]
  /** There are more. */
  readonly more: boolean
}

/** Not by `exists`: the planner might answer that from a list of all messages of the account. */
const leavingColumns = `
  select m.uid, m.email_id, m.deleted, '$seen' = any(e.keywords), e.size, e.body_id, (
    select o.uid from membership o
    where o.account_id = m.account_id and o.email_id = m.email_id and o.mailbox_id <> m.mailbox_id limit 1) is null`

/** The marked messages of these ranges: few of many, found by their own index. */
const marked = `${leavingColumns}
  from membership m
  join email e on e.account_id = m.account_id and e.email_id = m.email_id
  where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.deleted
    and exists (select from unnest($3::bigint[], $4::bigint[]) r(first, last) where m.uid between r.first and r.last)
  order by m.uid limit $5::bigint`

const all = `${leavingColumns}
  from membership m
  join email e on e.account_id = m.account_id and e.email_id = m.email_id
  where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid >= $3::bigint
  order by m.uid limit $4::bigint`

type Asking = Pick<Store, "ask">

/** Those of `ranges` that are marked deleted: the first ones, and whether there are more. */
export async function removeMarked(
  store: Asking,
  change: AccountChange,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
): Promise<Removal> {
  const values = [change.account, mailbox, firsts(ranges), lasts(ranges), removalLimits.messages + 1]
  return await remove(change, mailbox, await store.ask(change.tx, marked, values, readLeaving))
}

/** The first ones of all, and whether there are more. */
export async function removeAll(store: Asking, change: AccountChange, mailbox: MailboxId): Promise<Removal> {
  const values = [change.account, mailbox, 0, removalLimits.messages + 1]
  return await remove(change, mailbox, await store.ask(change.tx, all, values, readLeaving))
}

/** One, marked or not; undefined when it is not there. */
export async function findLeaving(
  store: Asking,
  change: AccountChange,
  mailbox: MailboxId,
  uid: Uid,
): Promise<Leaving | undefined> {
  const [first] = await store.ask(change.tx, all, [change.account, mailbox, uid, 1], readLeaving)
  return first?.uid === uid ? first : undefined
}

function readLeaving(fields: Parameters<Parameters<Store["ask"]>[3]>[0]): Leaving {
  return {
    uid: asId(fields.int8()),
    email: asId(fields.int8()),
    deleted: fields.bool(),
    seen: fields.bool(),
    size: fields.int8(),
    body: fields.uuid(),
    last: fields.bool(),
  }
}

async function remove(
  change: AccountChange,
  mailbox: MailboxId,
  found: readonly Leaving[],
): Promise<Removal> {
  const leaving: Leaving[] = []
  let bytes = 0
  for (const each of found.slice(0, removalLimits.messages)) {
    bytes += each.last ? each.size : 0
    if (leaving.length > 0 && bytes > removalLimits.bytes) break
    leaving.push(each)
  }
  await removeThese(change, mailbox, leaving)
  return { uids: leaving.map(({ uid }) => uid), more: leaving.length < found.length }
}

export async function removeThese(
  change: AccountChange,
  mailbox: MailboxId,
  leaving: readonly Leaving[],
): Promise<void> {
  if (leaving.length === 0) return
  change.happened = true
  const { tx, account, modseq, state } = change
  const gone = leaving.filter(({ last }) => last)
  const emails = gone.map(({ email }) => email)
  const bodies = gone.map(({ body }) => body.toString("hex"))
  const sum = (of: (each: Leaving) => number, among = leaving): number =>
    among.reduce((total, each) => total + of(each), 0)
  state.messages -= gone.length
  state.usedBytes -= sum(({ size }) => size, gone)
  // Sent one behind the other without waiting; each sees what those before it did.
  await Promise.all([
    tx`
      delete from membership
      where account_id = ${account} and mailbox_id = ${mailbox} and uid = any(${leaving.map(({ uid }) => uid)}::bigint[])`,
    tx`delete from email where account_id = ${account} and email_id = any(${emails}::bigint[])`,
    tx`
      delete from body b
      where b.account_id = ${account} and b.body_id = any(${bodies}::uuid[]) and not exists (
        select from email e where e.account_id = b.account_id and e.body_id = b.body_id and e.body_shared)`,
    tx`
      insert into change (account_id, modseq, type, id, op, mailbox_id, uid)
      select ${account}, ${modseq}, ${changeType.email}, id, op, ${mailbox}, uid
      from unnest(
        ${leaving.map(({ email }) => email)}::bigint[],
        ${leaving.map(({ last }) => (last ? changeOp.destroyed : changeOp.removed))}::bigint[],
        ${leaving.map(({ uid }) => uid)}::bigint[]) as left_it(id, op, uid)`,
    tx`
      update mailbox set
        total = total - ${leaving.length}, unseen = unseen - ${sum(({ seen }) => (seen ? 0 : 1))},
        deleted = deleted - ${sum(({ deleted }) => (deleted ? 1 : 0))},
        bytes = bytes - ${sum(({ size }) => size)}, modseq = ${modseq}
      where account_id = ${account} and mailbox_id = ${mailbox}`,
    forgetInIndex(tx, account, emails),
  ])
}
