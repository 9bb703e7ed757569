import type { AccountId, Store } from "../../store/index.ts"

/**
 * Octets of an account's messages that wait for a time to send which they were given: as long as they do they are its own, as
 * what lies in a mailbox. `undoMs`: what waits no longer than that, waits for its writer to take it back, and counts as little
 * as what is being tried.
 */
export async function octetsForLater(
  { sql }: Pick<Store, "sql">,
  account: AccountId,
  undoMs: number,
): Promise<number> {
  const [row] = await sql<{ octets: number }[]>`
    select coalesce(sum(size), 0)::bigint as octets from queued_mail
    where account_id = ${account} and not_before > clock_timestamp()
      and not_before > received_at + ${undoMs}::bigint * interval '1 ms'`
  return row?.octets ?? 0
}
