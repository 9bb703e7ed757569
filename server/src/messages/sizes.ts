import type { AccountId, Store } from "../store/index.ts"

/** Octets of a body as it lies in the database. */
export async function sealedSizeOf(
  store: Pick<Store, "sql">,
  account: AccountId,
  body: Buffer,
): Promise<number> {
  const [row] = await store.sql<{ n: number }[]>`
    select coalesce(sum(length(data)), 0)::bigint as n from body
    where account_id = ${account} and body_id = ${body.toString("hex")}`
  return row?.n ?? 0
}

/** What this server holds, of all accounts together. */
export async function countMail(
  store: Pick<Store, "sql">,
): Promise<{ readonly messages: number; readonly bytes: number; readonly accounts: number }> {
  const [row] = await store.sql<{ messages: number; bytes: number; accounts: number }[]>`
    select coalesce(sum(messages), 0)::bigint as messages, coalesce(sum(used_bytes), 0)::bigint as bytes,
      count(*) filter (where messages > 0) as accounts
    from mail_state`
  return row ?? { messages: 0, bytes: 0, accounts: 0 }
}
