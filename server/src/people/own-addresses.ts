import { type MailAddress, mailAddress } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"

/** All addresses of an account, the one that it was opened with first; none when it has gone. */
export async function ownAddresses(
  store: Pick<Store, "sql">,
  account: AccountId,
): Promise<readonly MailAddress[]> {
  const rows = await store.sql<{ address: string }[]>`
    select address from address where account_id = ${account} order by kind = 'primary' desc, address`
  return rows.map(({ address }) => mailAddress(address, account))
}
