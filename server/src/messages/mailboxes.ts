import { type MailContent, mailContent } from "../privacy/index.ts"
import type { AccountId, MailboxId, Sql, Tx } from "../store/index.ts"
import type { Vaults } from "../vaults/index.ts"

/** The mailboxes that every account has from the start, by their special use (RFC 6154 §2, RFC 8621 §2). */
export const firstMailboxes = [
  { role: "inbox", name: "INBOX" },
  { role: "drafts", name: "Drafts" },
  { role: "sent", name: "Sent" },
  { role: "junk", name: "Junk" },
  { role: "trash", name: "Trash" },
  { role: "archive", name: "Archive" },
] as const

export type MailboxRole = (typeof firstMailboxes)[number]["role"]

/** Of a row: null where it is none that this release knows. */
export function roleOf(text: string): MailboxRole | null {
  return firstMailboxes.find(({ role }) => role === text)?.role ?? null
}

/**
 * Makes an account ready for mail: its counters and its first mailboxes, in the transaction that opens it.
 * `quotaBytes` null means no limit.
 */
export async function createFirstMailboxes(
  tx: Tx,
  vaults: Pick<Vaults, "sealToServer">,
  account: AccountId,
  now: number,
  quotaBytes: number | null,
): Promise<void> {
  const uidValidity = uidValidityAt(now, 1)
  await tx`
    insert into mail_state (account_id, mailbox_next, uid_validity_next, quota_bytes)
    values (${account}, ${firstMailboxes.length + 1}, ${uidValidity + 1}, ${quotaBytes})`
  const rows = firstMailboxes.map(({ role, name }, index) => ({
    account_id: account,
    mailbox_id: index + 1,
    name_sealed: vaults.sealToServer("mailbox-name", `${account}/${index + 1}`, Buffer.from(name)),
    role,
    uid_validity: uidValidity,
  }))
  await tx`insert into mailbox ${tx(rows)}`
}

/**
 * Of a mailbox that is made now: seconds, but never one that a mailbox of this account has had before, so that it
 * grows when a name is used again (RFC 9051 §2.3.1.1). `next`: the least that is free, 1 or more.
 */
export function uidValidityAt(now: number, next: number): number {
  return Math.max(Math.floor(now / 1000), next)
}

export interface MailboxRow {
  readonly id: MailboxId
  readonly name: MailContent<string>
  readonly role: string | null
  readonly total: number
  readonly unseen: number
  readonly uidValidity: number
  readonly uidNext: number
}

/** All mailboxes of an account, in the order they were made. */
export async function listMailboxes(
  sql: Sql | Tx,
  vaults: Pick<Vaults, "openFromServer">,
  account: AccountId,
): Promise<MailboxRow[]> {
  const rows = await sql<
    {
      mailbox_id: MailboxId
      name_sealed: Buffer
      role: string | null
      total: number
      unseen: number
      uid_validity: number
      uid_next: number
    }[]
  >`
    select mailbox_id, name_sealed, role, total, unseen, uid_validity, uid_next
    from mailbox where account_id = ${account} order by mailbox_id`
  return rows.map(row => ({
    id: row.mailbox_id,
    name: mailContent(
      vaults.openFromServer("mailbox-name", `${account}/${row.mailbox_id}`, row.name_sealed).toString(),
      account,
    ),
    role: row.role,
    total: row.total,
    unseen: row.unseen,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
  }))
}
