/** What those who run the server may be shown of accounts' mail: how much there is, never what. See privacy/staff. */
import { type Permit, type Personal, personal } from "../privacy/index.ts"
import type { AccountId, Store } from "../store/index.ts"

export interface MailFacts {
  readonly size: Personal<
    "user.communications.metadata",
    { readonly messages: number; readonly bytes: number }
  >
  /** Bytes; null: no limit. */
  readonly quota: Personal<"user.preferences", number | null>
}

/** What is personal of them opens only where the permit is about the account. */
export async function mailFacts(
  { sql }: Pick<Store, "sql">,
  accounts: readonly AccountId[],
  permit: Permit<"account.support">,
): Promise<ReadonlyMap<AccountId, MailFacts>> {
  permit.require()
  const rows = await sql<
    { account_id: AccountId; messages: number; used_bytes: number; quota_bytes: number | null }[]
  >`select account_id, messages, used_bytes, quota_bytes from mail_state
    where account_id = any(${[...accounts]}::bigint[])`
  return new Map(
    rows.map(row => [
      row.account_id,
      {
        size: personal(
          "user.communications.metadata",
          { messages: row.messages, bytes: row.used_bytes },
          row.account_id,
        ),
        quota: personal("user.preferences", row.quota_bytes, row.account_id),
      },
    ]),
  )
}
