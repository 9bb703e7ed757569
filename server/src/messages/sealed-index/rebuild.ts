/** Makes entries again of messages that the index has lost, and drops segments that are damaged or overdue. */
import type { Clock } from "../../ports/clock.ts"
import type { AccountId, EmailId, Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { addEntry, createEntryRows } from "../rows.ts"
import { todaysKey } from "../todays-key.ts"
import { entryOfBody } from "./entry-of-body.ts"
import { destroyGoneAfter } from "./limits.ts"
import { countUp, type SessionParts, takeLease } from "./parts.ts"
import { readHeadsById } from "./read-entries.ts"
import { isBesideOther } from "./swapped-body.ts"

/** Messages whose entries are written together. */
const batch = 64

/**
 * Of these messages those that this session opens get an entry, damaged ones a new one in its place. Resolves to those
 * that could not be made. Holds one message in memory, and the entries of 64.
 */
export async function rebuildEntries(
  parts: SessionParts,
  emails: readonly EmailId[],
): Promise<readonly EmailId[]> {
  const { session, privacy } = parts
  const lost: EmailId[] = []
  for (let at = 0; at < emails.length; at += batch) {
    const some = emails.slice(at, at + batch)
    lost.push(
      ...(await privacy.gate("mail.read", { kind: "account", account: session.account }, async permit => {
        const made: Made[] = []
        const missed = await swappedOnes(parts, some)
        for (const { email, body } of await bodiesOf(parts, some)) {
          if (missed.includes(email)) continue
          const entry = await entryOfBody(parts, body, permit)
          if (entry === undefined) missed.push(email)
          else made.push({ email, body, entry })
        }
        if (made.length > 0) await writeEntries(parts, made)
        return missed
      })),
    )
  }
  parts.log.event("index.rebuilt", { messages: emails.length - lost.length, lost: lost.length })
  return lost
}

/** What stands beside another message's body stays as it is, and is noticed whenever it is shown. */
async function swappedOnes(parts: SessionParts, emails: readonly EmailId[]): Promise<EmailId[]> {
  const swapped: EmailId[] = []
  for (const row of (await readHeadsById(parts.store, parts.session, emails)).rows)
    if (await isBesideOther(parts, row)) swapped.push(row.email)
  return swapped
}

interface Made {
  readonly email: EmailId
  readonly body: Buffer
  readonly entry: Buffer
}

async function bodiesOf(
  { store, session }: SessionParts,
  emails: readonly EmailId[],
): Promise<{ email: EmailId; body: Buffer }[]> {
  const rows = await store.sql<{ email_id: EmailId; body_id: string }[]>`
    select email_id, body_id from email
    where account_id = ${session.account} and email_id = any(${[...emails]}::bigint[]) order by email_id`
  return rows.map(({ email_id, body_id }) => ({
    email: email_id,
    body: Buffer.from(body_id.replaceAll("-", ""), "hex"),
  }))
}

/** With the account's row locked: none is written for a message that is deleted at that moment. */
async function writeEntries(parts: SessionParts, made: readonly Made[]): Promise<void> {
  const { store, session, chance } = parts
  const { account } = session
  const key = await todaysKey({ vaults: parts.vaults, account })
  await store.transaction(async tx => {
    await tx`select from mail_state where account_id = ${account} for update`
    const ids = made.map(({ email }) => email)
    const rows = await tx<{ email_id: EmailId }[]>`
      select email_id from email where account_id = ${account} and email_id = any(${ids}::bigint[])`
    const live = new Set(rows.map(row => row.email_id))
    await tx`delete from idx_entry where account_id = ${account} and id = any(${ids}::bigint[])`
    const entries = createEntryRows()
    for (const { email, body, entry } of made)
      if (live.has(email)) addEntry(entries, { account, email, body }, key, entry, chance)
    if (entries.count > 0) await store.copyIn(tx, entries)
  })
}

/**
 * What was in them is then in no segment, and is found missing. Their tombstones go along. False: somebody else is
 * changing this account's segments.
 */
export async function dropSegments(
  {
    store,
    vaults,
  }: { readonly store: Pick<Store, "transaction">; readonly vaults: Pick<Vaults, "dropSegmentKeys"> },
  account: AccountId,
  segments: readonly number[],
): Promise<boolean> {
  return await store.transaction(async tx => {
    if (!(await takeLease(tx, account))) return false
    const ids = [...segments]
    await tx`delete from idx_page where account_id = ${account} and segment_id = any(${ids}::bigint[])`
    await vaults.dropSegmentKeys(tx, account, ids)
    await tx`select from mail_state where account_id = ${account} for update`
    await tx`
      with gone as (
        delete from idx_segment where account_id = ${account} and segment_id = any(${ids}::bigint[])
        returning lo, hi
      )
      delete from idx_tombstone t using gone
      where t.account_id = ${account} and t.id between gone.lo and gone.hi`
    await countUp(tx, account)
    return true
  })
}

/**
 * For the worker, daily: segments that still hold what was deleted 30 days ago, because nobody of the account has been
 * here since, are destroyed with their keys; they are made again at the next sign-in. Resolves to how many.
 */
export async function dropOverdueSegments(parts: {
  readonly store: Store
  readonly vaults: Pick<Vaults, "dropSegmentKeys">
  readonly clock: Clock
}): Promise<number> {
  const { store, vaults, clock } = parts
  const rows = await store.sql<{ account_id: AccountId; segments: number[] }[]>`
    select s.account_id, array_agg(distinct s.segment_id) as segments
    from idx_tombstone t
    join idx_segment s on s.account_id = t.account_id and t.id between s.lo and s.hi
    where t.at < ${new Date(clock.now() - destroyGoneAfter)}
    group by s.account_id`
  let dropped = 0
  for (const { account_id, segments } of rows)
    if (await dropSegments({ store, vaults }, account_id, segments)) dropped += segments.length
  return dropped
}
