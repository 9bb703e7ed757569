/**
 * How many recipients an account may write to in a day (UTC): a stolen password must not make the server a source of
 * junk. Counted in the transaction that sends, so neither a crash nor another node lets anybody send more.
 */
import type { Clock } from "../ports/clock.ts"
import type { AccountId } from "../store/ids.ts"
import type { Store, Tx } from "../store/index.ts"

export interface Allowance {
  /** Recipients that are left, and the seconds until all are again. */
  left(account: AccountId): Promise<{ readonly left: number; readonly seconds: number }>
  /** Rejects with an OverAllowanceError where fewer are left. */
  take(tx: Tx, account: AccountId, recipients: number): Promise<void>
}

export class OverAllowanceError extends Error {
  override readonly name = "OverAllowanceError"
  readonly temporary = false
}

const dayMs = 24 * 60 * 60 * 1000

export interface AllowanceParts {
  readonly store: Pick<Store, "sql">
  readonly clock: Clock
  /** Recipients of all messages of a day. */
  readonly perDay: number
}

export function createAllowance({ store, clock, perDay }: AllowanceParts): Allowance {
  const today = (): number => Math.floor(clock.now() / dayMs)
  return {
    async left(account) {
      const [row] = await store.sql<{ recipients: number }[]>`
        select recipients from sent_today where account_id = ${account} and day = ${today()}`
      const left = Math.max(0, perDay - (row?.recipients ?? 0))
      return { left, seconds: Math.ceil(((today() + 1) * dayMs - clock.now()) / 1000) }
    },
    async take(tx, account, recipients) {
      const [taken] =
        recipients > perDay
          ? []
          : await tx`
              insert into sent_today as s (account_id, day, recipients) values (${account}, ${today()}, ${recipients})
              on conflict (account_id) do update set day = excluded.day,
                recipients = excluded.recipients + case when s.day = excluded.day then s.recipients else 0 end
              where s.day <> excluded.day or s.recipients + excluded.recipients <= ${perDay}
              returning recipients`
      if (taken === undefined)
        throw new OverAllowanceError("the account has used up its recipients of the day")
    },
  }
}
