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
 * Those that wait are due now; call `notifyDue` too. Held ones stay held, and what is in somebody's hands is. What its writer
 * wants sent later, or can still take back, stays as it is. Resolves to how many there are.
 */
export async function retryMail(tx: Tx, place: MailPlace): Promise<number> {
  await lockMails(tx, [place])
  const { count } = await tx`update queued_recipient r set due_at = now(), lease = null
    from queued_mail m where m.account_id = r.account_id and m.mail_id = r.mail_id and m.not_before <= clock_timestamp()
      and r.account_id = ${place.account} and r.mail_id = ${place.mail} and not r.held
      and (r.lease is null or r.due_at <= now())`
  return count
}

/** Has its time to go not come yet? */
export async function isBeforeItsTime(db: Sql | Tx, place: MailPlace): Promise<boolean> {
  const found = await db`select from queued_mail
    where account_id = ${place.account} and mail_id = ${place.mail} and not_before > clock_timestamp()`
  return found.length > 0
}

export interface RemovedMail {
  /** The numbers of the recipients who were taken out. */
  readonly removed: readonly number[]
  /** Of those who are being tried at this moment, and may get it. */
  readonly inHand: readonly number[]
}

/**
 * Out of the queue, with its text when nobody is left. Who is being tried now stays, for it may be too late to call it
 * back; held, so that it is tried no more.
 */
export async function removeMail(tx: Tx, place: MailPlace): Promise<RemovedMail> {
  const rows = await lockRecipients(tx, place)
  const inHand = rows.filter(row => row.inHand).map(row => row.no)
  if (inHand.length > 0)
    await tx`update queued_recipient set held = true
      where account_id = ${place.account} and mail_id = ${place.mail} and no = any(${inHand}::int[])`
  const removed = rows.filter(row => !row.inHand).map(row => row.no)
  if (removed.length > 0) await remove(tx, place, removed)
  return { removed, inHand }
}

async function remove(tx: Tx, { account, mail }: MailPlace, recipients: readonly number[]): Promise<void> {
  await tx`delete from queued_recipient
    where account_id = ${account} and mail_id = ${mail} and no = any(${[...recipients]}::int[])`
  await tx`delete from queued_mail m where account_id = ${account} and mail_id = ${mail}
    and not exists (select from queued_recipient r where r.account_id = m.account_id and r.mail_id = m.mail_id)`
}

/** Claims do not lock the message: the rows themselves tell who came first, and nobody claims them from here on. */
async function lockRecipients(tx: Tx, place: MailPlace) {
  await lockMails(tx, [place])
  return await tx<{ no: number; inHand: boolean; begun: boolean }[]>`
    select no, lease is not null and due_at > now() as "inHand", lease is not null or attempts > 0 as begun
    from queued_recipient where account_id = ${place.account} and mail_id = ${place.mail} order by no for update`
}

export type TakenBack =
  /** The numbers of its recipients. */
  | { readonly kind: "taken-back"; readonly recipients: readonly number[] }
  | { readonly kind: "too-late" }
  /** It is not there any more, or not theirs. */
  | { readonly kind: "unknown" }

/** By its sender, before its time has come: then it goes to nobody. */
export async function takeBackMail(tx: Tx, place: MailPlace): Promise<TakenBack> {
  const rows = await lockRecipients(tx, place)
  if (rows.length === 0) return { kind: "unknown" }
  if (!(await isBeforeItsTime(tx, place)) || rows.some(row => row.begun)) return { kind: "too-late" }
  const recipients = rows.map(row => row.no)
  await remove(tx, place, recipients)
  return { kind: "taken-back", recipients }
}
