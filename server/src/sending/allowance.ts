/**
 * How many recipients an account's mail programs may write to in a day (UTC): a stolen password must not make the server
 * a source of junk. What filters send has limits of its own (`flow/filter/limits.ts`). Counted in the transaction that sends, so neither a crash nor another node lets anybody send more. What is left
 * is told without asking the database each time; of what other nodes let go it may be some seconds old.
 */
import { createBoundedMap } from "../ports/bounded-map.ts"
import type { Clock } from "../ports/clock.ts"
import type { AccountId } from "../store/ids.ts"
import { afterCommit, type Store, type Tx } from "../store/index.ts"

export interface Allowance {
  /** Recipients that are left, and the seconds until all are again. */
  left(account: AccountId): Promise<{ readonly left: number; readonly seconds: number }>
  /** Recipients by account. Rejects with an OverAllowanceError where one of them has fewer left. */
  readonly take: (tx: Tx, recipients: ReadonlyMap<AccountId, number>) => Promise<void>
}

export class OverAllowanceError extends Error {
  override readonly name = "OverAllowanceError"
  readonly temporary = false
}

const dayMs = 24 * 60 * 60 * 1000
/** Milliseconds for which an answer is kept. */
const keepMs = 5_000
const maxKnown = 10_000

export interface AllowanceParts {
  readonly store: Pick<Store, "sql">
  readonly clock: Clock
  /** Recipients of all messages of a day. */
  readonly perDay: number
}

interface Known {
  readonly day: number
  readonly until: number
  recipients: number
}

export function createAllowance({ store, clock, perDay }: AllowanceParts): Allowance {
  const known = createBoundedMap<AccountId, Known>(maxKnown)
  const today = (): number => Math.floor(clock.now() / dayMs)

  const usedBy = async (account: AccountId): Promise<number> => {
    const day = today()
    const kept = known.get(account)
    if (kept !== undefined && kept.day === day && clock.now() < kept.until) return kept.recipients
    const [row] = await store.sql<{ recipients: number }[]>`
      select recipients from sent_today where account_id = ${account} and day = ${day}`
    const recipients = row?.recipients ?? 0
    known.set(account, { day, until: clock.now() + keepMs, recipients })
    return recipients
  }

  return {
    async left(account) {
      const left = Math.max(0, perDay - (await usedBy(account)))
      return { left, seconds: Math.ceil(((today() + 1) * dayMs - clock.now()) / 1000) }
    },
    async take(tx, recipients) {
      const day = today()
      const taken = await tx<{ account_id: AccountId; recipients: number }[]>`
        insert into sent_today as s (account_id, day, recipients)
        select account_id, ${day}, recipients
        from unnest(${[...recipients.keys()]}::bigint[], ${[...recipients.values()]}::int[]) as t(account_id, recipients)
        where recipients <= ${perDay} order by account_id
        on conflict (account_id) do update set day = excluded.day,
          recipients = excluded.recipients + case when s.day = excluded.day then s.recipients else 0 end
        where s.day <> excluded.day or s.recipients + excluded.recipients <= ${perDay}
        returning account_id, recipients`
      if (taken.length < recipients.size)
        throw new OverAllowanceError("an account has used up its recipients of the day")
      afterCommit(tx, () => {
        for (const { account_id: account, recipients: used } of taken)
          known.set(account, { day, until: clock.now() + keepMs, recipients: used })
      })
    },
  }
}
