/**
 * Whether everybody still has what the ledger says of them. For each account the places of 1, 2, 3, … are sought in the
 * tree: each must be there once, with its detail's row as it was written. The last number is the account's count, or
 * more, where the tree has more: then the count is an old one.
 *
 * Accounts that have gone are not looked for: their keys, details and counts went together.
 */
import type { AccountId, Tx } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import { VaultError, type Vaults } from "../../vaults/index.ts"
import { countOf } from "./count-rows.ts"
import { PAGE_PLACES, type Placed, placedFrom, placeOf } from "./places.ts"
import { saidByDetail } from "./record.ts"

const PAGE_ACCOUNTS = 1_000
/** Numbers of one account that are looked for; where its count says more, the rest is not. */
const MAX_NUMBERS = 1_000_000

export interface CheckNumbers {
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf" | "accountMark">
  /** Whether an event waits at that place, in hex, that this server wrote; undefined where that is not known. */
  readonly isWaiting: (place: string) => boolean | undefined
  readonly fault: (sentence: string) => void
}

export async function checkNumbers(tx: Tx, check: CheckNumbers): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await tx<{ account_id: number }[]>`
      select account_id from (select account_id from vault union select account_id from ledger_count) as those
      where account_id > ${after} order by account_id limit ${PAGE_ACCOUNTS}`
    for (const { account_id } of rows) await checkAccount(tx, check, asId<AccountId>(account_id))
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.account_id
  }
}

async function checkAccount(tx: Tx, check: CheckNumbers, account: AccountId): Promise<void> {
  const mark = await markOf(tx, check, account)
  if (mark === undefined) return
  const count = await countOf(check.vaults, tx, account)
  if (!count.isOurs) check.fault(`The count of events about account ${account} was changed.`)
  const counted = count.isOurs ? Math.min(count.events, MAX_NUMBERS) : 0
  let last = 0
  for (let from = 1; ; from += PAGE_PLACES) {
    const placed = await placedFrom(tx, mark, from)
    if (placed.length === 0 && from > counted) break
    last = placed.at(-1)?.number ?? last
    const upTo = Math.max(last, Math.min(counted, from + PAGE_PLACES - 1))
    for (let number = from; number <= upTo; number++)
      checkNumber(check, account, number, {
        times: placed.filter(one => one.number === number).length,
        isWaiting: check.isWaiting(placeOf(mark, number).toString("hex")),
      })
    await checkDetails(tx, check, account, placed)
  }
  if (count.isOurs && last > count.events)
    check.fault(
      `The count of events about account ${account} is ${count.events}, and the ledger has ${last}: it went back.`,
    )
}

async function markOf(tx: Tx, check: CheckNumbers, account: AccountId): Promise<Buffer | undefined> {
  try {
    return await check.vaults.accountMark(tx, account)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    check.fault(`The first key of account ${account} is gone, or not the one that this server made.`)
    return undefined
  }
}

function checkNumber(
  { fault }: CheckNumbers,
  account: AccountId,
  number: number,
  { times, isWaiting }: { readonly times: number; readonly isWaiting: boolean | undefined },
): void {
  if (times === 0 && isWaiting === false)
    fault(`Event ${number} about account ${account} is not in the ledger: it was dropped.`)
  if (times > 1 || (times > 0 && isWaiting === true))
    fault(`There are two events ${number} about account ${account}: its count was put back.`)
}

async function checkDetails(
  tx: Tx,
  { vaults, fault }: CheckNumbers,
  account: AccountId,
  placed: readonly Placed[],
): Promise<void> {
  const hashes = placed.map(one => one.hash.toString("hex"))
  const rows = await tx<{ hash: string; sealed: Buffer; mac: Buffer | null }[]>`
    select hex as hash, sealed, mac from unnest(${hashes}::text[]) as asked (hex)
      join ledger_detail on account_id = ${account} and leaf_hash = decode(hex, 'hex')`
  const found = new Map(rows.map(row => [row.hash, row]))
  for (const { number, leaf, hash } of placed) {
    const row = found.get(hash.toString("hex"))
    if (row === undefined)
      fault(
        `What event ${number} about account ${account} says was taken out: it is event ${leaf} of the ledger.`,
      )
    else if (!vaults.isMacOf(row.mac ?? Buffer.alloc(0), ...saidByDetail(account, hash, row.sealed)))
      fault(
        `What event ${number} about account ${account} says was changed: it is event ${leaf} of the ledger.`,
      )
  }
}
