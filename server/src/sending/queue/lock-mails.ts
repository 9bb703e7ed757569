import type { RowLocks } from "../../messages/index.ts"
import type { Tx } from "../../store/index.ts"
import type { MailPlace } from "./places.ts"
import { planByIndex } from "./plan-by-index.ts"

/**
 * Before recipients of these messages change or go: two who take away the last two recipients at once must see each
 * other, or the message would stay behind. In one order everywhere, so that nobody waits in a circle. Resolves to those
 * that are there.
 */
export async function lockMails(
  tx: Tx,
  mails: readonly MailPlace[],
): Promise<readonly { readonly account_id: number; readonly mail_id: number }[]> {
  return await tx<{ account_id: number; mail_id: number }[]>`
    select account_id, mail_id from queued_mail
    where (account_id, mail_id) in (
      select * from unnest(${mails.map(({ account }) => account)}::bigint[], ${mails.map(({ mail }) => mail)}::bigint[]))
    order by account_id, mail_id for update`
}

/** What works in the transactions of others, with whom there may be such work for other messages, has them locked so. */
export const waitingMails: RowLocks = {
  rank: 1,
  lock: (tx, places) =>
    planByIndex(tx, () =>
      lockMails(
        tx,
        places.map(({ account, id }) => ({ account, mail: id })),
      ),
    ),
}
