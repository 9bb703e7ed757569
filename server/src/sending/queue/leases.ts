import type { Sql, Tx } from "../../store/index.ts"
import type { Claimed } from "../contract.ts"

type Held = Pick<Claimed, "account" | "mail" | "lease" | "recipients">

function listsOf(claims: readonly Held[]) {
  const rows = claims.flatMap(({ recipients, ...claim }) => recipients.map(({ no }) => ({ ...claim, no })))
  return {
    accounts: rows.map(({ account }) => account),
    mails: rows.map(({ mail }) => mail),
    numbers: rows.map(({ no }) => no),
    leases: rows.map(({ lease }) => lease),
  }
}

/** The leases of these begin anew. Resolves to the claims of which something was lost: others may have it by now. */
export async function renewLeases<Claim extends Held>(
  db: Sql | Tx,
  claims: readonly Claim[],
  leaseMs: number,
): Promise<readonly Claim[]> {
  const { accounts, mails, numbers, leases } = listsOf(claims)
  const rows = await db<{ account_id: number; mail_id: number; no: number }[]>`
    update queued_recipient r set due_at = now() + ${leaseMs}::bigint * interval '1 ms'
    from unnest(${accounts}::bigint[], ${mails}::bigint[], ${numbers}::int[], ${leases}::bigint[])
      as c(account_id, mail_id, no, lease)
    where r.account_id = c.account_id and r.mail_id = c.mail_id and r.no = c.no and r.lease = c.lease
    returning r.account_id, r.mail_id, r.no`
  const renewed = new Set(rows.map(row => `${row.account_id}/${row.mail_id}/${row.no}`))
  return claims.filter(({ account, mail, recipients }) =>
    recipients.some(({ no }) => !renewed.has(`${account}/${mail}/${no}`)),
  )
}

/** Unfinished, and not begun either: they are due again at once, for whoever claims next. */
export async function giveBackClaims(db: Sql | Tx, claims: readonly Held[]): Promise<void> {
  const { accounts, mails, numbers, leases } = listsOf(claims)
  await db`
    update queued_recipient r set due_at = now(), lease = null
    from unnest(${accounts}::bigint[], ${mails}::bigint[], ${numbers}::int[], ${leases}::bigint[])
      as c(account_id, mail_id, no, lease)
    where r.account_id = c.account_id and r.mail_id = c.mail_id and r.no = c.no and r.lease = c.lease`
}
