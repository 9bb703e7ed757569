/** What came of a claim: recipients go, or wait for their next try. */
import type { Chance } from "../../ports/chance.ts"
import type { Tx } from "../../store/index.ts"
import { seal, type Vaults } from "../../vaults/index.ts"
import type { Claimed } from "../contract.ts"
import { lockMails } from "./lock-mails.ts"
import { answerAt } from "./places.ts"
import { planByIndex } from "./plan-by-index.ts"
import { type Answer, writeForm } from "./sealed-forms.ts"

export type Settlement = {
  readonly claimed: Pick<Claimed, "account" | "mail" | "lease">
  /** The recipient's number in the message. */
  readonly no: number
} & (
  | {
      /** Somebody else has it: that is so whoever holds the lease by now. */
      readonly kind: "handed-over"
    }
  /** It was put into their mailbox here in this transaction, which must not stand where others hold the lease by now. */
  | { readonly kind: "kept-here" }
  /** Nobody will have it. */
  | { readonly kind: "given-up" }
  | {
      readonly kind: "again"
      /** Milliseconds from now. */
      readonly afterMs: number
      readonly answer: Answer
      readonly toldOfDelay: boolean
    }
)

/** Settlements of one call. */
export const MOST_SETTLEMENTS = 10_000

/** Stands for no lease in a list of leases: whoever has the recipient in hand, it goes. */
const ANY_LEASE = 0

/**
 * A message goes with its last recipient, in the same transaction. Resolves to those that found nothing to settle: the
 * lease ran out and others have the recipient, or settled it; of these nothing was changed, and nobody should be
 * told of a failure on their account.
 */
export async function settle(
  parts: { readonly vaults: Pick<Vaults, "queueKey">; readonly chance: Chance },
  tx: Tx,
  settlements: readonly Settlement[],
): Promise<readonly Settlement[]> {
  if (settlements.length > MOST_SETTLEMENTS) throw new RangeError(`${settlements.length} settlements at once`)
  if (settlements.length === 0) return []
  const [gone, moved] = await planByIndex(tx, async () => {
    await lockMails(
      tx,
      settlements.map(({ claimed }) => claimed),
    )
    return [await remove(tx, settlements), await putOff(parts, tx, settlements)] as const
  })
  const settled = new Set([...gone, ...moved])
  return settlements.filter(one => !settled.has(keyOf(one.claimed.account, one.claimed.mail, one.no)))
}

const keyOf = (account: number, mail: number, no: number): string => `${account}/${mail}/${no}`

interface Settled {
  readonly account_id: number
  readonly mail_id: number
  readonly no: number
}

async function remove(tx: Tx, settlements: readonly Settlement[]): Promise<readonly string[]> {
  const going = settlements.filter(({ kind }) => kind !== "again")
  if (going.length === 0) return []
  const rows = await tx<Settled[]>`
    with going as (
      select * from unnest(
        ${going.map(({ claimed }) => claimed.account)}::bigint[], ${going.map(({ claimed }) => claimed.mail)}::bigint[],
        ${going.map(({ no }) => no)}::int[],
        ${going.map(({ kind, claimed }) => (kind === "handed-over" ? ANY_LEASE : claimed.lease))}::bigint[])
        as g(account_id, mail_id, no, lease)
    ), gone as (
      delete from queued_recipient r using going g
      where r.account_id = g.account_id and r.mail_id = g.mail_id and r.no = g.no
        and (g.lease = ${ANY_LEASE} or r.lease = g.lease)
      returning r.account_id, r.mail_id, r.no
    ), emptied as (
      delete from queued_mail m using (select distinct account_id, mail_id from gone) g
      where m.account_id = g.account_id and m.mail_id = g.mail_id and not exists (
        select from queued_recipient r where r.account_id = m.account_id and r.mail_id = m.mail_id
          and not exists (
            select from gone x where x.account_id = r.account_id and x.mail_id = r.mail_id and x.no = r.no))
    )
    select account_id, mail_id, no from gone`
  return rows.map(row => keyOf(row.account_id, row.mail_id, row.no))
}

async function putOff(
  { vaults, chance }: { readonly vaults: Pick<Vaults, "queueKey">; readonly chance: Chance },
  tx: Tx,
  settlements: readonly Settlement[],
): Promise<readonly string[]> {
  const waiting = settlements.flatMap(one => (one.kind === "again" ? [one] : []))
  if (waiting.length === 0) return []
  const key = await vaults.queueKey()
  // Sent one behind the other without waiting; the connection answers them in order.
  const answers = await Promise.all(
    waiting.map(({ claimed, no, afterMs, answer, toldOfDelay }) => {
      const sealed = seal(key, answerAt(claimed, no), writeForm(answer), chance)
      return tx<Settled[]>`
        update queued_recipient set
          lease = null, attempts = attempts + 1, due_at = now() + ${Math.max(0, Math.round(afterMs))}::bigint * interval '1 ms',
          told_of_delay = ${toldOfDelay}, answer_key_id = ${key.id}, answer = ${sealed}
        where account_id = ${claimed.account} and mail_id = ${claimed.mail} and no = ${no} and lease = ${claimed.lease}
        returning account_id, mail_id, no`
    }),
  )
  return answers.flat().map(row => keyOf(row.account_id, row.mail_id, row.no))
}
