/**
 * The register of the people who run the server. Each of them is bound by an agreement: what they have promised, of
 * what kinds of data they may be shown something, and until when, a year at most. Whoever has none, or whose agreement
 * has ended, is shown nothing of anybody's (see access.ts).
 *
 * It is asked of the database each time: looks are rare, and so no node goes on with what another one has ended.
 */
import type { Clock } from "../../ports/clock.ts"
import type { Log } from "../../ports/log.ts"
import type { Store } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import type { SupportCategory } from "../policy/registry.ts"
import {
  addStaffRow,
  isSupportCategory,
  readStaffRows,
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

export type Refused = { readonly kind: "refused"; readonly text: string }

export interface StaffRegister {
  /** The newest agreement with each person, by name; it may have ended. */
  list(): Promise<readonly StaffAgreement[]>
  /** Puts an agreement in the place of the one that stands with that person. */
  agree(wish: StaffWish): Promise<{ readonly kind: "agreed"; readonly agreement: StaffAgreement } | Refused>
  /** In force at once, on every node. */
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
    return newestOf(await readStaffRows(store.sql, vaults))
  }
  const find = async (name: string): Promise<StaffAgreement | undefined> =>
    (await list()).find(agreement => agreement.name === name)

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
      log.event("staff.agreed", { number: await store.transaction(tx => addStaffRow(tx, vaults, row)) })
      const agreement = await find(name)
      return agreement === undefined
        ? refused("the agreement was made, but is not there")
        : { kind: "agreed", agreement }
    },
    async end(given) {
      const name = cleanName(given) ?? ""
      const standing = await find(name)
      if (standing === undefined || standing.endedAt !== undefined)
        return refused(`no agreement with "${given}" stands that could be ended`)
      const row = { kind: "end", name, at: clock.now() } as const
      log.event("staff.ended", { number: await store.transaction(tx => addStaffRow(tx, vaults, row)) })
      const agreement = await find(name)
      return agreement === undefined
        ? refused("it was ended, but is not there")
        : { kind: "ended", agreement }
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

/** The last act with each name decides. */
function newestOf(rows: readonly StaffRow[]): readonly StaffAgreement[] {
  const known = new Map<string, StaffAgreement>()
  for (const row of rows) {
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
