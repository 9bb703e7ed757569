import type { AccountId, Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { ChoiceMade } from "./contract.ts"
import { isChoiceName } from "./definitions.ts"

/**
 * The table `choice`: one row for each choice that was ever made, numbered 1, 2, … for each account. Rows are not
 * changed and not removed but with their account: the server's database role may only add to them, and row security
 * shows a transaction the rows of one account alone. Each row has a MAC over all that it says, so that nobody who can
 * write to the database can make somebody's choice; a row that is missing between others is seen by the numbers, and
 * one that is missing at the end by the ledger, where the person finds every choice again.
 *
 * It is not sealed: the gate must know a choice when mail arrives and nobody is signed in.
 */
type RowVaults = Pick<Vaults, "macOf" | "isMacOf">

export const HISTORY_LIMIT = 10_000

/** Rows of an account's choices that this server did not write so, or not all that it wrote. */
export class ChoicesBrokenError extends Error {
  override readonly name = "ChoicesBrokenError"
  readonly temporary = false

  constructor(what: string) {
    super(`an account's choices are not as this server wrote them: ${what}`)
  }
}

interface Row {
  readonly version: number
  readonly choice: string
  readonly value: "yes" | "no"
  readonly by: ChoiceMade["by"]
  readonly policyVersion: string
  readonly wording: string
  readonly at: Date
  readonly mac: Buffer
}

/** Row security lets the rest of the transaction see and add to the choices of this account alone. */
async function actFor(tx: Tx, account: AccountId): Promise<void> {
  await tx`select set_config('letterkeep.account', ${String(account)}, true)`
}

/** Until the transaction ends, nobody else chooses for this account. */
export async function holdChoices(tx: Tx, account: AccountId): Promise<void> {
  await tx`select from account where account_id = ${account} for no key update`
}

/** Adds a choice, and gives its number. Choices of one account come one after another. */
export async function addRow(
  tx: Tx,
  vaults: RowVaults,
  account: AccountId,
  made: ChoiceMade,
): Promise<number> {
  await holdChoices(tx, account)
  await actFor(tx, account)
  const [last] = await tx<{ version: number }[]>`
    select coalesce(max(version), 0) as version from choice where account_id = ${account}`
  const version = (last?.version ?? 0) + 1
  const { choice, value, by, policyVersion, wording } = made
  const mac = vaults.macOf("choice", ...saidBy(account, version, made))
  await tx`
    insert into choice (account_id, version, choice, value, made_by, policy_version, wording, made_at, mac)
    values (${account}, ${version}, ${choice}, ${value}, ${by}, ${policyVersion}, ${wording}, ${new Date(made.at)}, ${mac})`
  return version
}

/** The last of each kind of choice, and how many choices were made. */
export async function readStanding(
  tx: Tx,
  vaults: RowVaults,
  account: AccountId,
): Promise<{ readonly version: number; readonly choices: readonly ChoiceMade[] }> {
  await actFor(tx, account)
  const [counted] = await tx<{ last: number; rows: number }[]>`
    select coalesce(max(version), 0) as last, count(*) as rows from choice where account_id = ${account}`
  const { last, rows } = counted ?? { last: 0, rows: 0 }
  if (last !== rows) throw new ChoicesBrokenError(`${rows} rows are there of ${last}`)
  const newest = await tx<Row[]>`
    select distinct on (choice) version, choice, value, made_by as by, policy_version as "policyVersion", wording,
           made_at as at, mac
      from choice where account_id = ${account} order by choice, version desc`
  return { version: last, choices: newest.flatMap(row => ownRow(vaults, account, row)) }
}

/** All that were made, newest last. */
export async function readHistory(
  store: Pick<Store, "transaction">,
  vaults: RowVaults,
  account: AccountId,
): Promise<readonly ChoiceMade[]> {
  return await store.transaction(async tx => {
    await actFor(tx, account)
    const rows = await tx<Row[]>`
      select version, choice, value, made_by as by, policy_version as "policyVersion", wording, made_at as at, mac
        from choice where account_id = ${account} order by version desc limit ${HISTORY_LIMIT}`
    rows.reverse()
    const first = rows.length < HISTORY_LIMIT ? 1 : (rows[0]?.version ?? 1)
    for (const [at, row] of rows.entries())
      if (row.version !== first + at) throw new ChoicesBrokenError(`number ${first + at} is missing`)
    return rows.flatMap(row => ownRow(vaults, account, row))
  })
}

/** A choice of a later version of this program is none that this one knows: it is passed over. */
function ownRow(vaults: RowVaults, account: AccountId, row: Row): ChoiceMade[] {
  const { version, choice, value, by, policyVersion, wording, mac } = row
  const made = { choice, value, by, policyVersion, wording, at: row.at.getTime() }
  if (!vaults.isMacOf(mac, "choice", ...saidBy(account, version, made)))
    throw new ChoicesBrokenError(`number ${version} was altered`)
  return isChoiceName(choice) ? [{ ...made, choice }] : []
}

function saidBy(
  account: AccountId,
  version: number,
  made: Omit<ChoiceMade, "choice"> & { readonly choice: string },
): readonly (string | number)[] {
  const { choice, value, by, policyVersion, wording, at } = made
  return [account, version, choice, value, by, policyVersion, wording, at]
}
