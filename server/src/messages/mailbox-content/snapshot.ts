import type { Fields, MailboxId } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { Snapshot } from "../mail.ts"
import { mailboxColumns, readMailbox } from "../mailbox-tree/list-mailboxes.ts"
import type { AccountParts } from "../open-mail.ts"

/**
 * One statement, so one moment: whoever sees the account's modseq sees all changes up to it, since each was made under
 * the lock of that row. Numbers come as two arrays: a row each would cost ten times as much to read.
 */
const mailboxNow = `
  select s.modseq, u.uids, u.emails, ${mailboxColumns}
  from mail_state s
  join mailbox b on b.account_id = s.account_id and b.mailbox_id = $2::bigint
  cross join lateral (
    select coalesce(array_agg(o.uid), '{}') as uids, coalesce(array_agg(o.email_id), '{}') as emails
    from (
      select m.uid, m.email_id from membership m
      where m.account_id = $1::bigint and m.mailbox_id = $2::bigint order by m.uid) o) u
  where s.account_id = $1::bigint`

export async function snapshotOf(
  { store, account, names }: AccountParts,
  mailbox: MailboxId,
): Promise<Snapshot | undefined> {
  const [snapshot] = await store.ask(
    store.sql,
    mailboxNow,
    [account, mailbox],
    (fields: Fields): Snapshot => {
      const modseq = asId<Snapshot["modseq"]>(fields.int8())
      const uids = Uint32Array.from(fields.int8s())
      const emails = fields.int8s()
      return { mailbox: readMailbox(fields, account, names), modseq, uids, emails }
    },
  )
  return snapshot
}
