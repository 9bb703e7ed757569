/** What those who run the server may be shown of accounts, under a permit for that: see privacy/staff. */
import { type MailAddress, mailAddress, type Permit, type Personal, personal } from "../privacy/index.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store } from "../store/index.ts"

export interface AccountFacts {
  readonly account: AccountId
  readonly role: "person" | "administrator"
  readonly openedAt: Date
  /** The account's own first. */
  readonly addresses: readonly MailAddress[]
  /** Newest first; never more than what kind, for what, and the day of the last use. */
  readonly signIns: Personal<"user.credentials", readonly SignInFact[]>
}

export interface SignInFact {
  readonly kind: "password" | "app-password" | "recovery"
  readonly protocols: readonly string[]
  /** The day, as "2026-03-04". */
  readonly lastUsedOn: string | null
}

interface SignInRow {
  readonly kind: SignInFact["kind"]
  readonly protocols: readonly string[]
  readonly last_used_on: string | null
}

/** In the order of their ids. What is personal of them opens only where the permit is about the account. */
export async function accountFacts(
  { sql }: Pick<Store, "sql">,
  asked: readonly AccountId[],
  permit: Permit<"account.support">,
): Promise<readonly AccountFacts[]> {
  permit.require()
  const accounts = [...asked]
  const rows = await sql<{ account_id: AccountId; role: "person" | "administrator"; created_at: Date }[]>`
    select account_id, role, created_at from account where account_id = any(${accounts}::bigint[])
    order by account_id`
  const addresses = await sql<{ account_id: AccountId; address: string }[]>`
    select account_id, address from address where account_id = any(${accounts}::bigint[])
    order by account_id, kind = 'primary' desc, address`
  const signIns = await sql<(SignInRow & { account_id: AccountId })[]>`
    select account_id, kind, protocols, last_used_on::text from credential
    where account_id = any(${accounts}::bigint[]) order by account_id, credential_id desc`
  return rows.map(({ account_id: account, role, created_at: openedAt }) => ({
    account,
    role,
    openedAt,
    addresses: addresses
      .filter(row => row.account_id === account)
      .map(row => mailAddress(row.address, account)),
    signIns: personal(
      "user.credentials",
      signIns
        .filter(row => row.account_id === account)
        .map(({ kind, protocols, last_used_on: lastUsedOn }) => ({ kind, protocols, lastUsedOn })),
      account,
    ),
  }))
}

/** The next accounts after one, by id; ids alone say nothing of anybody. */
export async function accountsAfter(
  { sql }: Pick<Store, "sql">,
  after: number,
  limit: number,
): Promise<readonly AccountId[]> {
  const rows = await sql<{ account_id: AccountId }[]>`
    select account_id from account where account_id > ${after} order by account_id limit ${limit}`
  return rows.map(row => row.account_id)
}
