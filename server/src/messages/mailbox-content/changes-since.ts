import type { Fields, MailboxId, ModSeq } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import { changeOp, changeType } from "../changes.ts"
import type { MailboxChanges, MessageRow, NoMailbox } from "../mail.ts"
import type { AccountParts } from "../open-mail.ts"
import { messageColumns, readMessageRow } from "./message-rows.ts"

/**
 * One statement, so one moment (see snapshot.ts). The first row holds, in the places of a message's columns, the
 * account's modseq and the floor of its change log, and behind them the UIDs that have gone; the others are messages.
 */
const changesSince = `
  select 0::bigint, s.modseq, s.change_floor, 0::bigint, 0::bigint, null::timestamptz, null::timestamptz,
    null::text[], null::boolean, null::uuid,
    (select coalesce(array_agg(distinct c.uid order by c.uid), '{}') from change c
      where c.account_id = $1::bigint and c.modseq > $3::bigint and c.type = ${changeType.email}
        and c.op in (${changeOp.destroyed}, ${changeOp.removed}) and c.mailbox_id = $2::bigint)
  from mail_state s join mailbox b on b.account_id = s.account_id
  where s.account_id = $1::bigint and b.mailbox_id = $2::bigint
  union all
  select * from (
    select ${messageColumns}, null::bigint[]
    from membership m join email e on e.account_id = m.account_id and e.email_id = m.email_id
    where m.account_id = $1::bigint and m.mailbox_id = $2::bigint and m.modseq > $3::bigint
    order by m.uid) changed`

interface Head {
  readonly modseq: ModSeq
  readonly floor: number
  readonly vanished: Float64Array
}

/** RFC 7162 §3.2.6: what vanished is told from the log; past its floor it is not all there. */
export async function changesOf(
  { store, account }: AccountParts,
  mailbox: MailboxId,
  since: ModSeq,
): Promise<MailboxChanges | NoMailbox> {
  const heads: Head[] = []
  const messages: MessageRow[] = []
  await store.ask(store.sql, changesSince, [account, mailbox, since], fields => {
    if (heads.length === 0) heads.push(readHead(fields))
    else messages.push(readMessageRow(fields))
  })
  const [head] = heads
  if (head === undefined) return { kind: "no-such-mailbox" }
  return {
    modseq: head.modseq,
    messages,
    vanished: [...head.vanished].map(uid => asId(uid)),
    complete: since >= head.floor && since <= head.modseq,
  }
}

function readHead(fields: Fields): Head {
  fields.int8()
  const modseq = asId<ModSeq>(fields.int8())
  const floor = fields.int8()
  for (let column = 3; column < 10; column++) if (!fields.isNull()) fields.int8()
  return { modseq, floor, vanished: fields.int8s() }
}
