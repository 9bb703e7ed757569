/**
 * Copies or moves the messages of a mailbox into another, in one statement whatever their number, inside a change of
 * their account. What the target holds already is only counted and numbered here: it needs an email of its own (see
 * duplicates.ts).
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
  /** Milliseconds since 1970: when they come into the target (RFC 8514 §1). */
  readonly now: number
}

export interface Transferred {
  readonly from: Uid
  readonly to: Uid
  /** Marked; a copy is so too (RFC 9051 §6.4.7). */
  readonly deleted: boolean
  /** The email, where the target held it: there is no message with the new UID yet. */
  readonly held: EmailId | undefined
}

/**
 *   $1 account  $2 from  $3 to  $4 $5 ranges  $6 modseq  $7 now  $8 1: move
 *
 * All parts see the mailboxes as they were before the statement; nobody else changes them under the account's lock.
 */
const source = `
  with source as materialized (
    select m.uid, m.email_id, m.deleted, e.size, '$seen' = any(e.keywords) as seen,
      row_number() over (order by m.uid) - 1 as n,
      ($2::bigint <> $3::bigint or $8::bigint = 0) and exists (select from membership t
        where t.account_id = $1::bigint and t.email_id = m.email_id and t.mailbox_id = $3::bigint) as held
    from unnest($4::bigint[], $5::bigint[]) r(first, last)
    join membership m on m.account_id = $1::bigint and m.mailbox_id = $2::bigint
      and m.uid between r.first and r.last
    join email e on e.account_id = m.account_id and e.email_id = m.email_id
  ), target as materialized (
    select uid_next from mailbox where account_id = $1::bigint and mailbox_id = $3::bigint
  ), counted as (
    update mailbox b set
      total = b.total + s.sign * c.n, unseen = b.unseen + s.sign * c.unseen,
      deleted = b.deleted + s.sign * c.deleted, bytes = b.bytes + s.sign * c.bytes,
      uid_next = b.uid_next + case when b.mailbox_id = $3::bigint then c.n else 0 end, modseq = $6::bigint
    from
      (select count(*) as n, count(*) filter (where not seen) as unseen,
        count(*) filter (where deleted) as deleted, coalesce(sum(size), 0) as bytes from source) c,
      (values ($3::bigint, 1), ($2::bigint, -1)) as each(mailbox_id, sign),
      lateral (select case when $2::bigint <> $3::bigint then each.sign else 1 - $8::bigint end as sign) s
    where b.account_id = $1::bigint and b.mailbox_id = each.mailbox_id and c.n > 0
      and (each.sign = 1 or $8::bigint = 1 and $2::bigint <> $3::bigint)
  )`

const result = `
  select s.uid, t.uid_next + s.n, s.deleted, case when s.held then s.email_id end from source s, target t order by s.uid`

const copyAll = `${source}, added as (
    insert into membership (account_id, mailbox_id, uid, email_id, modseq, saved_at, deleted)
    select $1::bigint, $3::bigint, t.uid_next + s.n, s.email_id, $6::bigint,
      to_timestamp($7::bigint / 1000.0), s.deleted
    from source s, target t where not s.held
  ), logged as (
    insert into change (account_id, modseq, type, id, op)
    select $1::bigint, $6::bigint, ${changeType.email}, email_id, ${changeOp.updated} from source where not held
  )${result}`

const moveAll = `${source}, moved as (
    update membership m set mailbox_id = $3::bigint, uid = t.uid_next + s.n, modseq = $6::bigint,
      saved_at = to_timestamp($7::bigint / 1000.0)
    from source s, target t
    where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid = s.uid and not s.held
  ), left_it as (
    delete from membership m using source s
    where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.uid = s.uid and s.held
  ), logged as (
    insert into change (account_id, modseq, type, id, op, mailbox_id, uid)
    select $1::bigint, $6::bigint, ${changeType.email}, email_id, ${changeOp.removed}, $2::bigint, uid from source
  )${result}`

/** Ascending by the old UID. Both mailboxes must be there. */
export async function transfer(
  store: Pick<Store, "ask">,
  change: AccountChange,
  { move, from, to, ranges, now }: Transfer,
): Promise<readonly Transferred[]> {
  const { tx, account, modseq } = change
  const values = [account, from, to, firsts(ranges), lasts(ranges), modseq, now, move ? 1 : 0]
  const done = await store.ask(tx, move ? moveAll : copyAll, values, readTransferred)
  if (done.length > 0) change.happened = true
  return done
}

function readTransferred(fields: Fields): Transferred {
  const from = asId<Uid>(fields.int8())
  const to = asId<Uid>(fields.int8())
  const deleted = fields.bool()
  return { from, to, deleted, held: fields.isNull() ? undefined : asId<EmailId>(fields.int8()) }
}
