import { mailContent } from "../../privacy/index.ts"
import type { AccountId, Fields, Store } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import type { MailboxInfo } from "../mail.ts"
import { type MailboxRole, roleOf } from "../mailboxes.ts"
import type { MailboxNames } from "./mailbox-names.ts"

/** Of a row `b` of mailbox, as `readMailbox` reads them. */
export const mailboxColumns = `b.mailbox_id, b.name_sealed, b.role, b.subscribed, b.uid_validity, b.uid_next,
  b.total, b.unseen, b.deleted, b.bytes, b.modseq`

const everyMailbox = `select ${mailboxColumns} from mailbox b where b.account_id = $1::bigint order by b.mailbox_id`

/** In the order they were made. */
export async function mailboxesOf(
  store: Pick<Store, "ask" | "sql">,
  account: AccountId,
  names: MailboxNames,
): Promise<readonly MailboxInfo[]> {
  return await store.ask(store.sql, everyMailbox, [account], fields => readMailbox(fields, account, names))
}

export function readMailbox(fields: Fields, account: AccountId, names: MailboxNames): MailboxInfo {
  const id = asId<MailboxInfo["id"]>(fields.int4())
  const name = mailContent(names.open(id, fields.bytea()), account)
  const role: MailboxRole | null = fields.isNull() ? null : roleOf(fields.text())
  return {
    id,
    name,
    role,
    subscribed: fields.bool(),
    uidValidity: fields.int8(),
    uidNext: fields.int8(),
    total: fields.int8(),
    unseen: fields.int8(),
    deleted: fields.int8(),
    bytes: fields.int8(),
    modseq: asId(fields.int8()),
  }
}
