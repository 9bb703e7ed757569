/**
 * What others say later of a message that a person sent, in the history of that message, in the transaction in which their
 * report is kept. Whoever got the message can write such reports, so a message has a bounded number of them; one that has
 * gone from the history has none.
 */
import type { Alongside, RowLocks } from "../../messages/index.ts"
import type { Chance } from "../../ports/chance.ts"
import { type AccountId, createTableRows, type Store, type Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { type ReportedEvent, writeForm } from "./facts.ts"
import { openSentRecorder, REPORTED_FROM } from "./record-sent.ts"

/** Events of one message that others' reports make, one for each recipient that a report names; what comes later is not told. */
export const REPORTED_OF_A_MAIL = 1_000

export interface ReportedParts {
  readonly vaults: Pick<Vaults, "sealKeys">
  readonly chance: Chance
  readonly store: Pick<Store, "copyIn">
}

export interface ReportedOf {
  readonly account: AccountId
  readonly mail: MailId
  /** Milliseconds since 1970. */
  readonly at: number
  readonly events: readonly ReportedEvent[]
}

export async function recordReported(
  parts: ReportedParts,
  { account, mail, at, events }: ReportedOf,
): Promise<Required<Pick<Alongside, "bytes" | "locks" | "work">>> {
  const recorder = await openSentRecorder(parts, [account])
  return {
    bytes: events.reduce((sum, event) => sum + writeForm(event).length, 0),
    locks: [{ of: sentMails, places: [{ account, id: mail }] }],
    async work(tx) {
      const before = await countReported(tx, account, mail)
      if (before === undefined) return
      const tables = createTableRows()
      for (const [no, event] of events.slice(0, Math.max(0, REPORTED_OF_A_MAIL - before)).entries())
        recorder.event(tables, account, mail, at, event, REPORTED_FROM + before + no)
      const rows = tables.all()
      if (rows.length > 0) await parts.store.copyIn(tx, ...rows)
    },
  }
}

/** As `countReported` locks one of them. */
const sentMails: RowLocks = {
  rank: 2,
  lock: (tx, places) => tx`
    select from sent_mail where (account_id, mail_id) in (
      select * from unnest(${places.map(({ account }) => account)}::bigint[], ${places.map(({ id }) => id)}::bigint[]))
    order by account_id, mail_id for update`,
}

/** Undefined where the account has no such message. Other reports about it wait until the transaction ends. */
async function countReported(tx: Tx, account: AccountId, mail: MailId): Promise<number | undefined> {
  const [known] = await tx`
    select from sent_mail where account_id = ${account} and mail_id = ${mail} for update`
  if (known === undefined) return undefined
  const [row] = await tx<{ count: number }[]>`
    select count(*) as count from sent_event
    where account_id = ${account} and mail_id = ${mail} and event_id >= ${REPORTED_FROM}`
  return row?.count ?? 0
}
