/**
 * Messages that are gone leave the index: their entries at once, and what segments hold of them at the next merge in
 * a live session; until then a tombstone says that it is to go.
 */
import type { AccountId, EmailId, Tx } from "../../store/index.ts"

/** Of one statement. */
const batch = 10_000

/**
 * In the transaction that deletes these emails, which holds the row lock of the account's mail_state: a merge takes
 * the same lock before it drops the entries that it has read, so one of the two sees what the other did.
 */
export async function forgetInIndex(tx: Tx, account: AccountId, emails: readonly EmailId[]): Promise<void> {
  for (let at = 0; at < emails.length; at += batch) {
    const ids = emails.slice(at, at + batch)
    await tx`
      with gone as (
        delete from idx_entry where account_id = ${account} and id = any(${ids}::bigint[]) returning id
      )
      insert into idx_tombstone (account_id, id)
      select ${account}, id from unnest(${ids}::bigint[]) as wanted(id)
      where id not in (select id from gone)
      on conflict do nothing`
  }
}
