/**
 * What people do to a waiting message: hold it, let it go, try it at once, take it out. All work in the caller's
 * transaction, in which whoever runs the server has it written down why. A try that is under way at that moment goes on.
 */
import type { AccountId, Sql, Tx } from "../../store/index.ts"
import type { MailId } from "../contract.ts"
import { lockMails } from "./lock-mails.ts"
import type { MailPlace } from "./places.ts"

/** Whose a message is; undefined where no such waits. */
export async function senderOf(db: Sql | Tx, mail: MailId): Promise<AccountId | undefined> {
  const [row] = await db<{ account_id: AccountId }[]>`
    select account_id from queued_mail where mail_id = ${mail}`
  return row?.account_id
}

/** Recipients that are not tried any more until they are released. */
export async function holdMail(tx: Tx, place: MailPlace): Promise<number> {
  await lockMails(tx, [place])
  const { count } = await tx`update queued_recipient set held = true
    where account_id = ${place.account} and mail_id = ${place.mail} and not held`
  return count
}

/** They are tried when they would have been; call `notifyDue` too. */
export async function releaseMail(tx: Tx, place: MailPlace): Promise<number> {
  await lockMails(tx, [place])
  const { count } = await tx`update queued_recipient set held = false
    where account_id = ${place.account} and mail_id = ${place.mail} and held`
  return count
}

/**
 * Those that wait are due now; call `notifyDue` too. Held ones stay held, and what is in somebody's hands is. Resolves to
 * how many there are.
 */
export async function retryMail(tx: Tx, place: MailPlace): Promise<number> {
  await lockMails(tx, [place])
  const { count } = await tx`update queued_recipient set due_at = now(), lease = null
    where account_id = ${place.account} and mail_id = ${place.mail} and not held
      and (lease is null or due_at <= now())`
  return count
}

/** Out of the queue, with its text. Resolves to the numbers of the recipients that were left; none: it was not there. */
export async function removeMail(tx: Tx, place: MailPlace): Promise<readonly number[]> {
  await lockMails(tx, [place])
  const rows = await tx<{ no: number }[]>`delete from queued_recipient
    where account_id = ${place.account} and mail_id = ${place.mail} returning no`
  await tx`delete from queued_mail where account_id = ${place.account} and mail_id = ${place.mail}`
  return rows.map(row => row.no)
}

export type TakenBack =
  /** The numbers of its recipients. */
  | { readonly kind: "taken-back"; readonly recipients: readonly number[] }
  | { readonly kind: "too-late" }
  /** It is not there any more, or not theirs. */
  | { readonly kind: "unknown" }

/** By its sender, before its time has come: then it goes to nobody. */
export async function takeBackMail(tx: Tx, place: MailPlace): Promise<TakenBack> {
  const found = await lockMails(tx, [place])
  if (found.length === 0) return { kind: "unknown" }
  const [begun] = await tx`
    select from queued_mail m where m.account_id = ${place.account} and m.mail_id = ${place.mail} and (
      m.not_before <= now() or exists (
        select from queued_recipient r where r.account_id = m.account_id and r.mail_id = m.mail_id
          and (r.lease is not null or r.attempts > 0)))`
  if (begun !== undefined) return { kind: "too-late" }
  return { kind: "taken-back", recipients: await removeMail(tx, place) }
}
