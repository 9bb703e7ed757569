/**
 * Programs put what they have sent into Sent by themselves, where its copy lies already. Such a message is the one that is
 * there: its UID is the answer, and nobody has it twice.
 */
import { firstFieldText, messageIds, scanMessage } from "@letterkeep/mime"
import type { Permit } from "../../privacy/index.ts"
import type { MailboxId, Uid } from "../../store/index.ts"
import { bodyPieces } from "../bodies/body-pieces.ts"
import type { AccountParts } from "../open-mail.ts"

/** How long after it was sent a program may take to bring its copy. */
const withinMs = 10 * 60_000
/** Messages of the thread that are looked at. */
const mostLooked = 10
/** Octets of a message that its Message-ID is sought in. */
const headOctets = 64 * 1024

export interface SentCopy {
  readonly uidValidity: number
  readonly uid: Uid
}

/** Undefined where it is not there, the mailbox is another, or the message has no Message-ID. */
export async function findSentCopy(
  parts: AccountParts,
  mailbox: MailboxId,
  message: Buffer,
  permit: Permit<"mail.organise">,
): Promise<SentCopy | undefined> {
  const { store, account, vaults, clock } = parts
  const own = idOf(message)
  if (own === undefined) return undefined
  const since = new Date(clock.now() - withinMs)
  const rows = await store.sql<{ uid: Uid; uid_validity: number; body_id: string }[]>`
    select m.uid, b.uid_validity, e.body_id
    from mailbox b
      join thread_ref r on r.account_id = b.account_id and r.hash = ${vaults.keyedHash(account, "message-id", own)}
      left join thread_merge g on g.account_id = r.account_id and g.thread_id = r.thread_id
      join email e on e.account_id = b.account_id and e.thread_id = coalesce(g.into_id, r.thread_id)
      join membership m on m.account_id = b.account_id and m.mailbox_id = b.mailbox_id and m.email_id = e.email_id
    where b.account_id = ${account} and b.mailbox_id = ${mailbox} and b.role = 'sent'
      and m.saved_at >= ${since} and not m.deleted
    order by m.uid desc limit ${mostLooked}`
  for (const { uid, uid_validity, body_id } of rows) {
    const body = Buffer.from(body_id.replaceAll("-", ""), "hex")
    const [first] = await Array.fromAsync(bodyPieces(parts, body, 0, headOctets))
    if (first !== undefined && idOf(first.open(permit)) === own) return { uid, uidValidity: uid_validity }
  }
  return undefined
}

function idOf(message: Buffer): string | undefined {
  const { bytes, root } = scanMessage(message)
  return messageIds(firstFieldText(bytes, root.fields, "message-id") ?? "")[0]
}
