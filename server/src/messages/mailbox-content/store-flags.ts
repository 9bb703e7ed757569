import type { MailboxId, ModSeq } from "../../store/index.ts"
import { type AccountChange, changeAccount, reached } from "../change-account.ts"
import { changeOp, changeType } from "../changes.ts"
import type { FlagChange, Mail, MessageRow, UidRange } from "../mail.ts"
import { isThere } from "../mailbox-tree/tree.ts"
import type { AccountParts } from "../open-mail.ts"
import { type Differing, flagsAfter } from "./flag-change.ts"
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
  given: FlagChange,
  unchangedSince: ModSeq | undefined,
): Promise<Stored> {
  const wanted = { ...given, keywords: canonicalKeywords(given.keywords) }
  const fault = faultOfKeywords(wanted.keywords)
  if (fault !== undefined) return { kind: "too-many", sentence: fault }
  return await changeAccount<Stored>(store, account, async change => {
    const rows: MessageRow[] = []
    const modified: MessageRow["uid"][] = []
    const differing: Differing[] = []
    for await (const page of messageRows(store, change.tx, account, mailbox, ranges))
      for (const row of page) {
        // RFC 7162 §3.1.3: what has changed since is named, and left as it is.
        if (unchangedSince !== undefined && row.modseq > unchangedSince) {
          modified.push(row.uid)
          continue
        }
        const after = flagsAfter(row, wanted)
        if (after.keywords.length > keywordLimits.perEmail) return tooManyKeywords
        const differs = after.keywords !== row.keywords || after.deleted !== row.deleted
        if (differs) differing.push({ row, after })
        rows.push(differs ? { ...row, ...after, modseq: change.modseq } : row)
      }
    if (differing.length > 0) await writeFlags(change, mailbox, wanted, differing)
    else if (rows.length === 0 && modified.length === 0 && !(await isThere(change.tx, account, mailbox)))
      return { kind: "no-such-mailbox" }
    return { kind: "stored", changed: change.happened, modseq: reached(change), rows, modified }
  })
}

const tooManyKeywords: Stored = {
  kind: "too-many",
  sentence: `A message has at most ${keywordLimits.perEmail} keywords.`,
}

/** Statements take their rows by lists of ids, as in transfer.ts. */
async function writeFlags(
  change: AccountChange,
  mailbox: MailboxId,
  wanted: FlagChange,
  differing: readonly Differing[],
): Promise<void> {
  change.happened = true
  const { tx, account, modseq } = change
  const worded = differing.filter(({ row, after }) => row.keywords !== after.keywords)
  const emails = worded.map(({ row }) => row.email)
  const marked = differing.filter(({ row, after }) => row.deleted !== after.deleted)
  const marks = new Map([[mailbox, marked.length * (marked[0]?.after.deleted ? 1 : -1)]])
  // Sent one behind the other without waiting; each sees what those before it did.
  const [touched, unseen] = await Promise.all([
    worded.length === 0 ? [] : writeKeywords(change, wanted, emails),
    countTurned(change, worded),
    tx`
      update membership set
        modseq = ${modseq}, deleted = deleted <> (uid = any(${marked.map(({ row }) => row.uid)}::bigint[]))
      where account_id = ${account} and mailbox_id = ${mailbox}
        and uid = any(${differing.map(({ row }) => row.uid)}::bigint[])`,
    tx`
      insert into change (account_id, modseq, type, id, op)
      select ${account}, ${modseq}, ${changeType.email}, email_id, ${changeOp.updated}
      from unnest(${differing.map(({ row }) => row.email)}::bigint[]) as changed(email_id)`,
  ])
  const mailboxes = [...new Set([mailbox, ...touched])]
  await tx`
    update mailbox b set modseq = ${modseq}, unseen = b.unseen + c.unseen, deleted = b.deleted + c.deleted
    from unnest(
      ${mailboxes}::bigint[], ${mailboxes.map(id => unseen.get(id) ?? 0)}::bigint[],
      ${mailboxes.map(id => marks.get(id) ?? 0)}::bigint[]) as c(mailbox_id, unseen, deleted)
    where b.account_id = ${account} and b.mailbox_id = c.mailbox_id`
}

function keywordsAfter(tx: AccountChange["tx"], { change, keywords }: FlagChange) {
  if (change === "set") return tx`${keywords}::text[]`
  if (change === "add")
    return tx`(select array_agg(distinct k collate "C" order by k collate "C") from unnest(e.keywords || ${keywords}::text[]) k)`
  return tx`(select coalesce(array_agg(k order by n), '{}') from unnest(e.keywords) with ordinality as u(k, n)
    where k <> all(${keywords}::text[]))`
}

/** Also raises the modseq of these emails' messages in all their mailboxes, which it resolves to. */
async function writeKeywords(
  { tx, account, modseq }: AccountChange,
  wanted: FlagChange,
  emails: readonly number[],
): Promise<readonly MailboxId[]> {
  const [, rows] = await Promise.all([
    tx`
      update email e set keywords = ${keywordsAfter(tx, wanted)}, modseq = ${modseq}
      where account_id = ${account} and email_id = any(${emails}::bigint[])`,
    tx<{ mailbox_id: MailboxId }[]>`
      with shown as (
        update membership set modseq = ${modseq}
        where account_id = ${account} and email_id = any(${emails}::bigint[])
        returning mailbox_id
      )
      select distinct mailbox_id from shown`,
  ])
  return rows.map(row => row.mailbox_id)
}

/** By mailbox, how many more are unseen: all of one STORE turn the same way. */
async function countTurned(
  { tx, account }: AccountChange,
  worded: readonly Differing[],
): Promise<ReadonlyMap<MailboxId, number>> {
  const turned = worded.filter(({ row, after }) => isSeen(row) !== isSeen(after))
  const [first] = turned
  if (first === undefined) return new Map()
  const sign = isSeen(first.after) ? -1 : 1
  const rows = await tx<{ mailbox_id: MailboxId; n: number }[]>`
    select mailbox_id, count(*) as n from membership
    where account_id = ${account} and email_id = any(${turned.map(({ row }) => row.email)}::bigint[])
    group by mailbox_id`
  return new Map(rows.map(row => [row.mailbox_id, sign * row.n]))
}

const isSeen = ({ keywords }: { readonly keywords: readonly string[] }): boolean => keywords.includes("$seen")
