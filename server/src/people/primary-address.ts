import { type MailAddress, mailAddress } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"

/** The address that an account was opened with; undefined when it has gone. */
export async function primaryAddress(
  store: Pick<Store, "sql">,
  account: AccountId,
): Promise<MailAddress | undefined> {
  const [row] = await store.sql<{ address: string }[]>`
    select address from address where account_id = ${account} and kind = 'primary'`
  return row === undefined ? undefined : mailAddress(row.address, account)
}
