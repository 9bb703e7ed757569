/**
 * What others say later of a message that a person sent, in the history of that message, in the transaction in which their
 * report is kept. Whoever got the message can write such reports, so a message has a bounded number of them, and so have
 * those of it that one domain vouches for: nobody takes the places of others. That more came is written once. A message that
 * has gone from the history has none.
 */
import type { Alongside, RowLocks } from "../../messages/index.ts"
import type { Chance } from "../../ports/chance.ts"
import { type AccountId, createTableRows, type Store, type Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { MailId } from "../contract.ts"
import { type ReportedEvent, writeForm } from "./facts.ts"
import { openSentRecorder, REPORTED_FROM } from "./record-sent.ts"
import { reporterGroup } from "./reporter-group.ts"

/** Events of one message that others' reports make, one for each recipient that a report names; what comes later is not told. */
export const REPORTED_OF_A_MAIL = 1_000
/** Those that one group of domains vouches for, and those that none does; so one report has no more, either. */
export const REPORTED_OF_A_GROUP = 100

/**
 * Numbers of events: a keyed hash of the group for the message says where those of a group begin, so that they can be counted
 * while it is sealed whose they are. That more came has the number after all of them.
 */
const numbersOfAGroup = 2 ** 16
const moreReported = REPORTED_FROM + 2 ** 32 * numbersOfAGroup

export interface ReportedParts {
  readonly vaults: Pick<Vaults, "sealKeys" | "serverHash">
  readonly chance: Chance
  readonly store: Pick<Store, "copyIn">
}

export interface ReportedOf {
  readonly account: AccountId
  readonly mail: MailId
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of one report: whoever vouches for one vouches for all. */
  readonly events: readonly ReportedEvent[]
}

export async function recordReported(
  parts: ReportedParts,
  { account, mail, at, events }: ReportedOf,
): Promise<Required<Pick<Alongside, "bytes" | "locks" | "work">>> {
  const recorder = await openSentRecorder(parts, [account])
  const group = reporterGroup(events[0]?.proven)
  const hash = parts.vaults.serverHash("reporter", `${account} ${mail} ${group}`)
  const from = REPORTED_FROM + hash.readUInt32BE(0) * numbersOfAGroup
  return {
    bytes: events.reduce((sum, event) => sum + writeForm(event).length, 0),
    locks: [{ of: sentMails, places: [{ account, id: mail }] }],
    async work(tx) {
      const before = await countReported(tx, account, mail, from)
      if (before === undefined) return
      const room = Math.min(REPORTED_OF_A_GROUP - before.ofGroup, REPORTED_OF_A_MAIL - before.all)
      const kept = events.slice(0, Math.max(0, room))
      const tables = createTableRows()
      for (const [no, event] of kept.entries())
        recorder.event(tables, account, mail, at, event, from + before.ofGroup + no)
      if (kept.length < events.length && !before.hadMore)
        recorder.event(tables, account, mail, at, { kind: "more-reported" }, moreReported)
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

interface Before {
  /** Events of the message's reports. */
  readonly all: number
  readonly ofGroup: number
  /** That more came is known. */
  readonly hadMore: boolean
}

/** Undefined where the account has no such message. Other reports about it wait until the transaction ends. */
async function countReported(
  tx: Tx,
  account: AccountId,
  mail: MailId,
  from: number,
): Promise<Before | undefined> {
  const [known] = await tx`
    select from sent_mail where account_id = ${account} and mail_id = ${mail} for update`
  if (known === undefined) return undefined
  const [row] = await tx<{ all: number; of_group: number; more: number }[]>`
    select count(*) filter (where event_id < ${moreReported}) as "all",
      count(*) filter (where event_id >= ${from} and event_id < ${from + numbersOfAGroup}) as of_group,
      count(*) filter (where event_id = ${moreReported}) as more
    from sent_event
    where account_id = ${account} and mail_id = ${mail} and event_id >= ${REPORTED_FROM}`
  return { all: row?.all ?? 0, ofGroup: row?.of_group ?? 0, hadMore: (row?.more ?? 0) > 0 }
}
