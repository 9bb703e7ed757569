/**
 * The recipients of one waiting message, for those who run the server: to which domain each goes, when it is tried, and
 * why it was not taken. Their addresses, and the far side's own words, which may hold them, are shown to nobody.
 */
import { type Permit, type Personal, personal } from "../../privacy/index.ts"
import type { AccountId, Store } from "../../store/index.ts"
import { openSealed, type Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { domainOf } from "./destination.ts"
import { orDamaged } from "./or-damaged.ts"
import { answerAt, recipientAt } from "./places.ts"
import { type Answer, readAnswer, readRecipient } from "./sealed-forms.ts"

export type RecipientState = "due" | "in-hand" | "later" | "held"

/** One recipient of a message, without their address. */
export interface WaitingRecipient {
  readonly no: number
  /** In lower case, A-labels; undefined where the row does not open. */
  readonly domain: string | undefined
  readonly state: RecipientState
  readonly attempts: number
  readonly dueAt: Date
  /** What came of the last try; "damaged": it does not open. Nothing in it is the far side's own words. */
  readonly last: (Pick<Answer, "why" | "by"> & { readonly code: number | undefined }) | "damaged" | undefined
}

interface RecipientRow {
  readonly queue_key_id: number
  readonly data: Buffer
  readonly no: number
  readonly state: RecipientState
  readonly attempts: number
  readonly due_at: Date
  readonly answer_key_id: number | null
  readonly answer: Buffer | null
}

/** At most 1,000. */
export async function showRecipients(
  { store, vaults }: { readonly store: Pick<Store, "sql">; readonly vaults: Pick<Vaults, "openQueueKey"> },
  account: AccountId,
  mail: MailId,
  permit: Permit<"account.support">,
): Promise<Personal<"user.communications.domain", readonly WaitingRecipient[]>> {
  permit.require()
  const rows = await store.sql<RecipientRow[]>`
    select m.queue_key_id, r.no, r.data, r.attempts, r.due_at, r.answer_key_id, r.answer,
      case when held then 'held' when due_at <= now() then 'due' when lease is null then 'later' else 'in-hand' end as state
    from queued_recipient r join queued_mail m using (account_id, mail_id)
    where account_id = ${account} and mail_id = ${mail} order by no`
  const shown: WaitingRecipient[] = []
  for (const row of rows) {
    const { no, state, attempts, due_at: dueAt, data } = row
    const domain = await orDamaged(async () => {
      const key = await vaults.openQueueKey(row.queue_key_id)
      return domainOf(readRecipient(openSealed(key, recipientAt({ account, mail }, no), data)).address)
    })
    const last = await lastOf(vaults, { account, mail }, row)
    shown.push({ no, domain: domain === "damaged" ? undefined : domain, state, attempts, dueAt, last })
  }
  return personal("user.communications.domain", shown, account)
}

async function lastOf(
  vaults: Pick<Vaults, "openQueueKey">,
  place: { readonly account: AccountId; readonly mail: MailId },
  { no, answer, answer_key_id: keyId }: RecipientRow,
): Promise<WaitingRecipient["last"]> {
  if (answer === null || keyId === null) return undefined
  return await orDamaged(async () => {
    const key = await vaults.openQueueKey(keyId)
    const { why, by, reply } = readAnswer(openSealed(key, answerAt(place, no), answer))
    return { why, ...(by === undefined ? {} : { by }), code: reply?.code }
  })
}
