/**
 * The rows of filter_script: sealed to the server, each with a MAC over what it says. A row that somebody else wrote, or
 * changed, in the database is none.
 */
import { createHash } from "node:crypto"
import type { AccountId } from "../../store/ids.ts"
import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"

export type FilterVaults = Pick<Vaults, "sealToServer" | "openFromServer" | "macOf" | "isMacOf">

export type Stopped = "limits" | "staff"

export interface FilterRow {
  readonly account_id: AccountId
  readonly filter_id: number
  readonly is_active: boolean
  /** By whom else than its owner, and so why: it came to its limits too often, or whoever runs the server did. */
  readonly stopped: Stopped | null
  readonly name_sealed: Buffer
  readonly script_sealed: Buffer
  readonly mac: Buffer
  readonly changed_at: Date
}

/** In the order in which they were made. At most `filterLimits.scripts`, unless somebody else wrote some. */
export async function rowsOf(db: Sql | Tx, account: AccountId): Promise<readonly FilterRow[]> {
  return await db<FilterRow[]>`
    select account_id, filter_id, is_active, stopped, name_sealed, script_sealed, mac, changed_at
    from filter_script where account_id = ${account} order by filter_id`
}

export async function activeRows(db: Sql, accounts: readonly AccountId[]): Promise<readonly FilterRow[]> {
  return await db<FilterRow[]>`
    select account_id, filter_id, is_active, stopped, name_sealed, script_sealed, mac, changed_at
    from filter_script where account_id = any(${[...accounts]}::bigint[]) and is_active`
}

type Said = Omit<FilterRow, "mac" | "changed_at">

export function isOurs(vaults: FilterVaults, row: FilterRow): boolean {
  return vaults.isMacOf(row.mac, "filter", ...bound(row))
}

export function macFor(vaults: FilterVaults, row: Said): Buffer {
  return vaults.macOf("filter", ...bound(row))
}

function bound({ account_id, filter_id, is_active, stopped, name_sealed, script_sealed }: Said) {
  const sums = [name_sealed, script_sealed].map(each => createHash("sha256").update(each).digest("hex"))
  const state = is_active ? "active" : stopped === null ? "at rest" : `stopped: ${stopped}`
  return [account_id, filter_id, state, ...sums] as const
}

type Part = "name" | "script"

const contextOf = (account: AccountId, id: number, part: Part): string => `${account}/${id}/${part}`

export function sealPart(
  vaults: FilterVaults,
  account: AccountId,
  id: number,
  part: Part,
  text: string,
): Buffer {
  return vaults.sealToServer("filter", contextOf(account, id, part), Buffer.from(text, "utf8"))
}

export function openPart(vaults: FilterVaults, row: FilterRow, part: Part): string {
  const sealed = part === "name" ? row.name_sealed : row.script_sealed
  return vaults
    .openFromServer("filter", contextOf(row.account_id, row.filter_id, part), sealed)
    .toString("utf8")
}
