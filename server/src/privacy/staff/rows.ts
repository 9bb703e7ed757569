import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { purposes } from "../policy/index.ts"
import type { SupportCategory } from "../policy/registry.ts"

/**
 * The table `staff_agreement`: what was agreed with the people who run the server, one row for each agreement and each
 * end of one, numbered 1, 2, … It only grows. Each row has a MAC over all that it says, so that nobody who can merely
 * write to the database makes an agreement; one that is missing between others is seen by the numbers.
 */
export type StaffRow = AgreeRow | EndRow

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

type RowVaults = Pick<Vaults, "macOf" | "isMacOf">

/** Rows in all: two a year for each person who works there is a lot. */
const rowLimit = 10_000
const registerLock = 4_205_518_014

/** Rows that this server did not write so, or not all that it wrote. Nobody looks at anything until that is mended. */
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

/** Gives its number. Rows are added one after another, on whatever node. Throws StaffRegisterBrokenError when there are too many. */
export async function addStaffRow(tx: Tx, vaults: RowVaults, row: StaffRow): Promise<number> {
  await tx`select pg_advisory_xact_lock(${registerLock})`
  const [last] = await tx<{ number: number }[]>`
    select coalesce(max(number), 0) as number from staff_agreement`
  const number = (last?.number ?? 0) + 1
  if (number > rowLimit) throw new StaffRegisterBrokenError(`it has ${rowLimit} rows, and takes no more`)
  const agreed = row.kind === "agree" ? row : undefined
  await tx`
    insert into staff_agreement (number, kind, name, fields, undertaking, until, at, mac)
    values (${number}, ${row.kind}, ${row.name}, ${agreed === undefined ? null : [...agreed.fields]},
      ${agreed?.undertaking ?? null}, ${agreed === undefined ? null : new Date(agreed.until)},
      ${new Date(row.at)}, ${vaults.macOf("staff-agreement", ...saidBy(number, row))})`
  return number
}

/** All, oldest first. Throws StaffRegisterBrokenError where one was altered or is missing. */
export async function readStaffRows(sql: Sql, vaults: RowVaults): Promise<readonly StaffRow[]> {
  const rows = await sql<
    {
      number: number
      kind: "agree" | "end"
      name: string
      fields: string[] | null
      undertaking: string | null
      until: Date | null
      at: Date
      mac: Buffer
    }[]
  >`
    select number, kind, name, fields, undertaking, until, at, mac
      from staff_agreement order by number limit ${rowLimit}`
  return rows.map(({ number, kind, name, fields, undertaking, until, at, mac }, index) => {
    if (number !== index + 1) throw new StaffRegisterBrokenError(`number ${index + 1} is missing`)
    const said = [
      number,
      kind,
      name,
      (fields ?? []).join(" "),
      undertaking ?? "",
      until?.getTime() ?? 0,
      at.getTime(),
    ]
    if (!vaults.isMacOf(mac, "staff-agreement", ...said))
      throw new StaffRegisterBrokenError(`number ${number} was altered`)
    if (kind === "end") return { kind, name, at: at.getTime() }
    return {
      kind,
      name,
      // What a later version of this program lets be shown is nothing that this one shows.
      fields: (fields ?? []).filter(isSupportCategory),
      undertaking: undertaking ?? "",
      until: until?.getTime() ?? 0,
      at: at.getTime(),
    }
  })
}

function saidBy(number: number, row: StaffRow): readonly (string | number)[] {
  const { kind, name, at } = row
  return row.kind === "agree"
    ? [number, kind, name, row.fields.join(" "), row.undertaking, row.until, at]
    : [number, kind, name, "", "", 0, at]
}
