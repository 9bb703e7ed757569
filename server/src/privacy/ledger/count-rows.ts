/**
 * The next number for an account. The row `ledger_count` is what everybody who writes about the account waits for, so
 * numbers have no gap and none comes twice; an action that is undone gives its number back.
 *
 * The row has a MAC, so nobody sets it who cannot make one; but an old row can be put back with the MAC that it had.
 * So the tree is asked whether it has the place of the number already. Where it has, or where the MAC is wrong, the
 * row is not what this server wrote last: that is logged, and counting goes on behind the last number in the tree.
 */
import type { Log } from "../../ports/log.ts"
import type { AccountId, Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { PAGE_PLACES, placedFrom } from "./places.ts"
import { LedgerBrokenError } from "./tree-rows.ts"

export interface CountParts {
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf">
  readonly log: Log
}

export interface Count {
  readonly events: number
  /** Whether this server wrote it; an old one counts as written. */
  readonly isOurs: boolean
}

interface CountRow {
  readonly events: number
  readonly mac: Buffer
}

/** Counts one event more until `tx` ends. Gives its number, from 1. `mark`: the account's. */
export async function takeNumber(
  { vaults, log }: CountParts,
  tx: Tx,
  account: AccountId,
  mark: Uint8Array,
): Promise<number> {
  // Changes nothing where there is a row: it holds it, and waits for who holds it now.
  const [row] = await tx<CountRow[]>`
    insert into ledger_count (account_id, events, mac) values (${account}, 0, ${macOfCount(vaults, account, 0)})
    on conflict (account_id) do update set events = ledger_count.events returning events, mac`
  if (row === undefined) throw new LedgerBrokenError("the database did not keep a count of events")
  const { events, isOurs } = readCount(vaults, account, row)
  const isBehind = !isOurs || (await placedFrom(tx, mark, events + 1, 1)).length > 0
  if (isBehind) log.event("ledger.count-not-ours", { account })
  const number = 1 + (isBehind ? await lastInTree(tx, mark) : events)
  const [kept] = await tx<{ events: number }[]>`
    update ledger_count set events = ${number}, mac = ${macOfCount(vaults, account, number)}
    where account_id = ${account} returning events`
  if (kept?.events !== number) throw new LedgerBrokenError("the database did not keep a count of events")
  return number
}

/** Nought where there is no row: an account without an event. */
export async function countOf(
  vaults: Pick<Vaults, "macOf" | "isMacOf">,
  db: Sql | Tx,
  account: AccountId,
): Promise<Count> {
  const [row] = await db<CountRow[]>`select events, mac from ledger_count where account_id = ${account}`
  return row === undefined ? { events: 0, isOurs: true } : readCount(vaults, account, row)
}

function readCount(vaults: Pick<Vaults, "isMacOf">, account: AccountId, { events, mac }: CountRow): Count {
  return { events, isOurs: vaults.isMacOf(mac, "ledger-count", account, events) }
}

/** The last number that the tree has; numbers that are there have no gap as wide as a page. */
async function lastInTree(tx: Tx, mark: Uint8Array): Promise<number> {
  let last = 0
  for (let from = 1; ; from += PAGE_PLACES) {
    const found = (await placedFrom(tx, mark, from)).at(-1)
    if (found === undefined) return last
    last = found.number
  }
}

function macOfCount(vaults: Pick<Vaults, "macOf">, account: AccountId, events: number): Buffer {
  return vaults.macOf("ledger-count", account, events)
}
