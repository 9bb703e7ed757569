import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { purposes } from "../policy/index.ts"
import type { SupportCategory } from "../policy/registry.ts"

/**
 * The table `staff_agreement`: what was agreed with the people who run the server, one row for each agreement and each
 * end of one, numbered 1, 2, … It only grows. Each row has a MAC over all that it says, so that nobody who can merely
 * write to the database makes an agreement; one that is missing between others is seen by the numbers.
 *
 * An end that names nobody ends everybody's: with it the register is begun anew, and what stands before it is read no
 * more.
 */
export type StaffRow = AgreeRow | EndRow | AnewRow

interface AgreeRow {
  readonly kind: "agree"
  readonly name: string
  readonly fields: readonly SupportCategory[]
  readonly undertaking: string
  /** Milliseconds since 1970, as `at`. */
  readonly until: number
  readonly at: number
}

interface EndRow {
  readonly kind: "end"
  readonly name: string
  readonly at: number
}

interface AnewRow {
  readonly kind: "begun-anew"
  readonly at: number
}

/** `broken`: this server did not write the rows so, or not only. `last` is the highest number there, 0 for none. */
export type StaffReading =
  | { readonly kind: "whole"; readonly last: number; readonly rows: readonly StaffRow[] }
  | { readonly kind: "broken"; readonly last: number; readonly why: string }

type RowVaults = Pick<Vaults, "macOf" | "isMacOf">

/** Rows since the register was begun anew: two a year for each person who works there is a lot. */
export const STAFF_ROWS_LIMIT = 10_000
const registerLock = 4_205_518_014

/** Rows that this server did not write so, or not all that it wrote. Nobody looks at anything until it is begun anew. */
export class StaffRegisterBrokenError extends Error {
  override readonly name = "StaffRegisterBrokenError"
  readonly temporary = false

  constructor(what: string) {
    super(`the register of those who run this server is not as it was written: ${what}`)
  }
}

export const supportCategories: readonly SupportCategory[] = purposes["account.support"].categories

export function isSupportCategory(name: string): name is SupportCategory {
  return supportCategories.some(category => category === name)
}

/** Whoever changes the register does so one after another, on whatever node, and reads it in the same transaction. */
export async function lockStaffRegister(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${registerLock})`
}

/** After `lockStaffRegister`; `number` is the one after the last. */
export async function addStaffRow(tx: Tx, vaults: RowVaults, number: number, row: StaffRow): Promise<void> {
  const agreed = row.kind === "agree" ? row : undefined
  const kind = row.kind === "agree" ? "agree" : "end"
  await tx`
    insert into staff_agreement (number, kind, name, fields, undertaking, until, at, mac)
    values (${number}, ${kind}, ${row.kind === "begun-anew" ? "" : row.name},
      ${agreed === undefined ? null : [...agreed.fields]}, ${agreed?.undertaking ?? null},
      ${agreed === undefined ? null : new Date(agreed.until)}, ${new Date(row.at)},
      ${vaults.macOf("staff-agreement", ...saidBy(number, row))})`
}

interface Stored {
  readonly number: number
  readonly kind: "agree" | "end"
  readonly name: string
  readonly fields: readonly string[] | null
  readonly undertaking: string | null
  readonly until: Date | null
  readonly at: Date
  readonly mac: Buffer
}

/** All since it was last begun anew, oldest first. */
export async function readStaffRows(db: Sql | Tx, vaults: RowVaults): Promise<StaffReading> {
  const stored = await db<Stored[]>`
    select number, kind, name, fields, undertaking, until, at, mac from staff_agreement
     where number >= (select coalesce(max(number), 1) from staff_agreement where kind = 'end' and name = '')
     order by number limit ${STAFF_ROWS_LIMIT + 1}`
  const [highest] = await db<{ last: number }[]>`
    select coalesce(max(number), 0) as last from staff_agreement`
  const last = highest?.last ?? 0
  const broken = (why: string): StaffReading => ({ kind: "broken", last, why })
  const [begun] = stored
  let next = begun?.kind === "end" && begun.name === "" ? begun.number : 1
  if (stored.length > STAFF_ROWS_LIMIT) return broken(`it has more than ${STAFF_ROWS_LIMIT} rows`)
  const rows: StaffRow[] = []
  for (const one of stored) {
    if (one.number !== next) return broken(`number ${next} is missing`)
    if (!isOurs(vaults, one)) return broken(`number ${next} was altered`)
    rows.push(rowOf(one))
    next += 1
  }
  return { kind: "whole", last, rows }
}

function isOurs(vaults: RowVaults, stored: Stored): boolean {
  const { number, kind, name, fields, undertaking, until, at, mac } = stored
  const said = [number, kind, name, (fields ?? []).join(" "), undertaking ?? "", until?.getTime() ?? 0]
  return vaults.isMacOf(mac, "staff-agreement", ...said, at.getTime())
}

function rowOf(stored: Stored): StaffRow {
  const { kind, name, fields, undertaking, until } = stored
  const at = stored.at.getTime()
  if (kind === "end") return name === "" ? { kind: "begun-anew", at } : { kind, name, at }
  return {
    kind,
    name,
    // What a later version of this program lets be shown is nothing that this one shows.
    fields: (fields ?? []).filter(isSupportCategory),
    undertaking: undertaking ?? "",
    until: until?.getTime() ?? 0,
    at,
  }
}

function saidBy(number: number, row: StaffRow): readonly (string | number)[] {
  if (row.kind === "begun-anew") return [number, "end", "", "", "", 0, row.at]
  const { kind, name, at } = row
  return row.kind === "agree"
    ? [number, kind, name, row.fields.join(" "), row.undertaking, row.until, at]
    : [number, kind, name, "", "", 0, at]
}
