import type { MailboxId, ModSeq, Tx, Uid } from "../../store/index.ts"
import { type AccountChange, changeAccount, reached, Undone } from "../change-account.ts"
import { changeOp, changeType } from "../changes.ts"
import type { FlagChange, Mail, MessageRow, UidRange } from "../mail.ts"
import { isThere } from "../mailbox-tree/tree.ts"
import type { AccountParts } from "../open-mail.ts"
import { firsts, lasts } from "../uid-ranges.ts"
import { canonicalKeywords, faultOfKeywords, keywordLimits } from "./keywords.ts"
import { messageRows } from "./message-rows.ts"

type Stored = Awaited<ReturnType<Mail["store"]>>

/**
 * STORE (RFC 9051 §6.4.6). Keywords are the email's: they change in all its mailboxes. What is so already is not
 * changed, and takes no new modseq.
 */
export async function storeFlags(
  { store, account }: AccountParts,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  wanted: FlagChange,
  unchangedSince: ModSeq | undefined,
): Promise<Stored> {
  const keywords = canonicalKeywords(wanted.keywords)
  const fault = faultOfKeywords(keywords)
  if (fault !== undefined) return { kind: "too-many", sentence: fault }
  return await changeAccount<Stored>(store, account, async change => {
    if (!(await isThere(change.tx, account, mailbox))) return { kind: "no-such-mailbox" }
    const modified = await findModified(change.tx, account, mailbox, ranges, unchangedSince)
    const most = await apply(change, mailbox, ranges, { ...wanted, keywords }, unchangedSince)
    if (most > keywordLimits.perEmail) return new Undone<Stored>(tooManyKeywords)
    const skip = new Set(modified)
    const rows: MessageRow[] = []
    for await (const page of messageRows(store, change.tx, account, mailbox, ranges))
      for (const row of page) if (!skip.has(row.uid)) rows.push(row)
    return { kind: "stored", changed: change.happened, modseq: reached(change), rows, modified }
  })
}

const tooManyKeywords: Stored = {
  kind: "too-many",
  sentence: `A message has at most ${keywordLimits.perEmail} keywords.`,
}

/** RFC 7162 §3.1.3: the messages that have changed since are named, and left as they are. */
async function findModified(
  tx: Tx,
  account: number,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  unchangedSince: ModSeq | undefined,
): Promise<readonly Uid[]> {
  if (unchangedSince === undefined) return []
  const rows = await tx<{ uid: Uid }[]>`
    select m.uid from membership m
    where m.account_id = ${account} and m.mailbox_id = ${mailbox} and m.modseq > ${unchangedSince}
      and exists (select from unnest(${firsts(ranges)}::bigint[], ${lasts(ranges)}::bigint[]) r(first, last)
        where m.uid between r.first and r.last)
    order by m.uid`
  return rows.map(row => row.uid)
}

/**
 * One statement for any number of messages. All its parts see the rows as they were before; nobody else changes them
 * under the account's lock. Resolves with the most keywords that an email has now.
 */
async function apply(
  change: AccountChange,
  mailbox: MailboxId,
  ranges: readonly UidRange[],
  { change: how, keywords, deleted }: FlagChange,
  unchangedSince: ModSeq | undefined,
): Promise<number> {
  const { tx, account, modseq } = change
  const limit = unchangedSince ?? Number.MAX_SAFE_INTEGER
  const after =
    how === "set"
      ? tx`${keywords}::text[]`
      : how === "add"
        ? tx`(select coalesce(array_agg(distinct k order by k), '{}')
            from unnest(e.keywords || ${keywords}::text[]) k)`
        : tx`(select coalesce(array_agg(distinct k order by k), '{}')
            from unnest(e.keywords) k where k <> all(${keywords}::text[]))`
  const deletedAfter = how === "set" ? tx`${deleted}` : deleted ? tx`${how === "add"}` : tx`m.deleted`
  const [done] = await tx<{ changed: number; most: number }[]>`
    with target as materialized (
      select m.uid, m.email_id, m.deleted, e.keywords, ${after} as keywords_after,
        (${deletedAfter})::boolean as deleted_after
      from unnest(${firsts(ranges)}::bigint[], ${lasts(ranges)}::bigint[]) r(first, last)
      join membership m on m.account_id = ${account} and m.mailbox_id = ${mailbox}
        and m.uid between r.first and r.last
      join email e on e.account_id = m.account_id and e.email_id = m.email_id
      where m.modseq <= ${limit}
    ), differing as materialized (
      select email_id, keywords_after, deleted_after,
        not (keywords @> keywords_after and keywords <@ keywords_after) as keywords_differ,
        ('$seen' = any(keywords))::int - ('$seen' = any(keywords_after))::int as unseen,
        deleted_after::int - deleted::int as deleted
      from target
      where deleted_after <> deleted or not (keywords @> keywords_after and keywords <@ keywords_after)
    ), emails as (
      update email e set keywords = d.keywords_after, modseq = ${modseq}
      from differing d
      where e.account_id = ${account} and e.email_id = d.email_id and d.keywords_differ
    ), shown as (
      update membership m set
        modseq = ${modseq},
        deleted = case when m.mailbox_id = ${mailbox} then d.deleted_after else m.deleted end
      from differing d
      where m.account_id = ${account} and m.email_id = d.email_id
        and (m.mailbox_id = ${mailbox} or d.keywords_differ)
      returning m.mailbox_id, d.unseen, case when m.mailbox_id = ${mailbox} then d.deleted else 0 end as deleted
    ), counted as (
      update mailbox b set unseen = b.unseen + s.unseen, deleted = b.deleted + s.deleted, modseq = ${modseq}
      from (select mailbox_id, sum(unseen) as unseen, sum(deleted) as deleted from shown group by mailbox_id) s
      where b.account_id = ${account} and b.mailbox_id = s.mailbox_id
    ), logged as (
      insert into change (account_id, modseq, type, id, op)
      select ${account}, ${modseq}, ${changeType.email}, email_id, ${changeOp.updated} from differing
    )
    select count(*)::bigint as changed, coalesce(max(cardinality(keywords_after)), 0) as most from differing`
  if ((done?.changed ?? 0) > 0) change.happened = true
  return done?.most ?? 0
}
