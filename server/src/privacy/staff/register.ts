/**
 * The register of the people who run the server. Each of them is bound by an agreement: what they have promised, of
 * what kinds of data they may be shown something, and until when, a year at most. Whoever has none, or whose agreement
 * has ended, is shown nothing of anybody's (see access.ts).
 *
 * It is asked of the database each time: looks are rare, and so no node goes on with what another one has ended.
 *
 * In a register that somebody altered nobody is bound. The next agreement begins it anew, with that agreement alone:
 * what was agreed before cannot be told from what somebody wrote. One that is full is begun anew with what stands.
 */
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Store, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { SupportCategory } from "../policy/registry.ts"
import {
  addStaffRow,
  isSupportCategory,
  lockStaffRegister,
  readStaffRows,
  STAFF_ROWS_LIMIT,
  type StaffReading,
  StaffRegisterBrokenError,
  type StaffRow,
  supportCategories,
} from "./rows.ts"

/** What everybody who looks has promised; an agreement keeps the words that it was made with. */
export const undertaking =
  "I look at what is a person's only for the reason that I state to them, tell it to nobody else, and keep no copy."

/** The longest that an agreement with a person holds: then it is made anew. */
const longestMs = 366 * 24 * 60 * 60 * 1000
const longestName = 100

export interface StaffAgreement {
  readonly name: string
  readonly undertaking: string
  /** What the person may be shown. */
  readonly fields: readonly SupportCategory[]
  /** Milliseconds since 1970, as the next two. */
  readonly agreedAt: number
  /** The first moment at which it holds no more. */
  readonly until: number
  readonly endedAt: number | undefined
}

export interface StaffWish {
  readonly name: string
  /** Absent: all that staff may ever be shown. */
  readonly fields: readonly string[] | undefined
  readonly until: number
}

/** Somebody whose agreement stood when it was asked. */
export type Bound = string & { readonly __bound: unique symbol }

interface Agreed {
  readonly kind: "agreed"
  readonly agreement: StaffAgreement
  /** What was wrong with the register, where it was begun anew with this agreement. */
  readonly brokenBefore: string | undefined
}

export type Refused = { readonly kind: "refused"; readonly text: string }

export interface StaffRegister {
  /** The newest agreement with each person, by name; it may have ended. */
  list(): Promise<readonly StaffAgreement[]>
  /** Puts an agreement in the place of the one that stands with that person. */
  agree(wish: StaffWish): Promise<Agreed | Refused>
  /** In force at once, on every node. Rejects with StaffRegisterBrokenError where the register was altered, as the others. */
  end(name: string): Promise<{ readonly kind: "ended"; readonly agreement: StaffAgreement } | Refused>
  /** Whether that person may be shown something of these kinds now. */
  whoLooks(
    name: string | undefined,
    shown: readonly SupportCategory[],
  ): Promise<{ readonly kind: "bound"; readonly by: Bound } | Refused>
}

export function createStaffRegister(parts: {
  readonly store: Pick<Store, "sql" | "transaction">
  readonly vaults: Pick<Vaults, "macOf" | "isMacOf">
  readonly clock: Clock
  readonly log: Log
}): StaffRegister {
  const { store, vaults, clock, log } = parts

  async function list(): Promise<readonly StaffAgreement[]> {
    return newestOf(rowsOf(await readStaffRows(store.sql, vaults)))
  }
  const find = async (name: string): Promise<StaffAgreement | undefined> =>
    (await list()).find(agreement => agreement.name === name)

  /** Adds them one after another; gives the number of the last. */
  async function add(tx: Tx, last: number, rows: readonly StaffRow[]): Promise<number> {
    if (!Number.isSafeInteger(last + rows.length))
      throw new StaffRegisterBrokenError(
        `somebody wrote number ${last}: the database's owner can take it out`,
      )
    for (const [index, row] of rows.entries()) await addStaffRow(tx, vaults, last + index + 1, row)
    return last + rows.length
  }

  return {
    list,
    async agree(wish) {
      const name = cleanName(wish.name)
      if (name === undefined)
        return refused(
          `a name is plain text of ${longestName} characters at most: "${wish.name.slice(0, 40)}"`,
        )
      const now = clock.now()
      if (!(wish.until > now)) return refused("the end of an agreement lies in the future")
      if (wish.until > now + longestMs) return refused("an agreement with a person holds for a year at most")
      const unknown = wish.fields?.find(field => !isSupportCategory(field))
      if (unknown !== undefined)
        return refused(`"${unknown}" is shown to nobody. There is: ${supportCategories.join(", ")}`)
      const fields = wish.fields?.filter(isSupportCategory) ?? supportCategories
      if (fields.length === 0) return refused("an agreement names what may be shown")
      const row = { kind: "agree", name, fields, until: wish.until, undertaking, at: now } as const
      const made = await store.transaction(async tx => {
        await lockStaffRegister(tx)
        const reading = await readStaffRows(tx, vaults)
        const before = rowsBefore(reading, now)
        return before === "full" ? before : { number: await add(tx, reading.last, [...before, row]), reading }
      })
      if (made === "full") return refused("there are agreements with too many people: end some first")
      const { number, reading } = made
      if (reading.kind === "broken") log.event("staff.begun-anew", { number })
      log.event("staff.agreed", { number })
      const agreement = { name, undertaking, fields, until: wish.until, agreedAt: now, endedAt: undefined }
      const brokenBefore = reading.kind === "broken" ? reading.why : undefined
      return { kind: "agreed", agreement, brokenBefore }
    },
    async end(given) {
      const name = cleanName(given) ?? ""
      const at = clock.now()
      const ended = await store.transaction(async tx => {
        await lockStaffRegister(tx)
        const reading = await readStaffRows(tx, vaults)
        const standing = newestOf(rowsOf(reading)).find(agreement => agreement.name === name)
        if (standing === undefined || standing.endedAt !== undefined) return undefined
        const number = await add(tx, reading.last, [{ kind: "end", name, at }])
        return { number, agreement: { ...standing, endedAt: at } }
      })
      if (ended === undefined) return refused(`no agreement with "${given}" stands that could be ended`)
      log.event("staff.ended", { number: ended.number })
      return { kind: "ended", agreement: ended.agreement }
    },
    async whoLooks(given, shown) {
      const name = cleanName(given ?? "")
      if (name === undefined) return refused("say who looks, with --by NAME")
      const agreement = await find(name)
      const why = whyNotBound(agreement, shown, clock.now())
      if (why !== undefined) return refused(`${why}. ${howTo(name)}`)
      return { kind: "bound", by: name as Bound } // it was looked up just above
    },
  }
}

export { StaffRegisterBrokenError }

/** Undefined: they may be shown it. */
function whyNotBound(
  agreement: StaffAgreement | undefined,
  shown: readonly SupportCategory[],
  now: number,
): string | undefined {
  if (agreement === undefined) return "nobody is shown what is a person's without an agreement"
  const { name, endedAt, until, fields } = agreement
  if (endedAt !== undefined) return `the agreement with ${name} was ended`
  if (now >= until) return `the agreement with ${name} ran out`
  const beyond = shown.find(category => !fields.includes(category))
  return beyond === undefined ? undefined : `the agreement with ${name} does not name ${beyond}`
}

const howTo = (name: string): string =>
  `To make one: ./letterkeep staff agree "${name}" --until DATE; to look as somebody else: --by NAME`

function rowsOf(reading: StaffReading): readonly StaffRow[] {
  if (reading.kind === "broken")
    throw new StaffRegisterBrokenError(
      `${reading.why}. Nobody is shown anything; the next "staff agree" begins it anew`,
    )
  return reading.rows
}

/** What is written before one more agreement: nothing, or what the register is begun anew with. All that stands can be ended. */
function rowsBefore(reading: StaffReading, now: number): readonly StaffRow[] | "full" {
  if (reading.kind === "broken") return [{ kind: "begun-anew", at: now }]
  const open = newestOf(reading.rows).filter(agreement => agreement.endedAt === undefined)
  if (reading.rows.length + open.length + 2 <= STAFF_ROWS_LIMIT) return []
  const standing = open
    .filter(({ until }) => now < until)
    .map(({ endedAt: _, agreedAt, ...terms }) => ({ kind: "agree" as const, ...terms, at: agreedAt }))
  if (2 * standing.length + 3 > STAFF_ROWS_LIMIT) return "full"
  return [{ kind: "begun-anew", at: now }, ...standing]
}

/** The last act with each name decides. */
function newestOf(rows: readonly StaffRow[]): readonly StaffAgreement[] {
  const known = new Map<string, StaffAgreement>()
  for (const row of rows) {
    if (row.kind === "begun-anew") continue // the rows begin with it
    const { name, at } = row
    const before = known.get(name)
    if (row.kind === "agree") {
      const { fields, until } = row
      known.set(name, { name, undertaking: row.undertaking, fields, until, agreedAt: at, endedAt: undefined })
    } else if (before !== undefined) known.set(name, { ...before, endedAt: at })
  }
  return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Undefined where it is none: a person and their ledger will read it. */
function cleanName(text: string): string | undefined {
  const name = text.normalize("NFC").replace(/\s+/gu, " ").trim()
  if (name === "" || name.length > longestName || /[\p{Cc}\p{Cf}\p{Co}\p{Cn}"]/u.test(name)) return undefined
  return name
}

const refused = (text: string): Refused => ({ kind: "refused", text })
