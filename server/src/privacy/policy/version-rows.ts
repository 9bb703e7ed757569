import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { toldOfKind } from "../ledger/newest-public.ts"

/**
 * The table `policy_version`: what was published, numbered 1, 2, 3, … in the order of time. Nothing in it is changed and
 * nothing removed; the server's database role may only add to it. Each row has a MAC over number, label, hash and time,
 * and the hash is of the text, so that nobody who can write to the database can change what was said, or say something
 * else. A row from before there were MACs is held against what the ledger was told of it. A row that is missing leaves a
 * gap in the numbers: the ledger has those of rows at the end.
 */
export type VersionVaults = Pick<Vaults, "macOf" | "isMacOf">

export interface VersionRow {
  readonly number: number
  readonly rules: number
  readonly edition: number
  /** Of the canonical text, in hex. */
  readonly sha256: string
  readonly at: Date
}

export interface StoredRow extends VersionRow {
  /** Null in what was published before rows had one. */
  readonly mac: Buffer | null
  /** The hash is of the text that stands there. */
  readonly fits: boolean
}

/** Says of each row whether this server published it so. */
export interface VersionJudge {
  isOurs(row: StoredRow): Promise<boolean>
}

export function macOfVersion(vaults: VersionVaults, row: VersionRow): Buffer {
  return vaults.macOf("policy-version", ...saidBy(row))
}

export function judgeVersions(db: Sql | Tx, vaults: VersionVaults): VersionJudge {
  let fromBefore: Promise<readonly FromBefore[]> | undefined
  const read = (): Promise<readonly FromBefore[]> => {
    if (fromBefore === undefined) {
      const mine = readFromBefore(db)
      fromBefore = mine
      mine.catch(() => {
        if (fromBefore === mine) fromBefore = undefined // the next who asks has it tried again
      })
    }
    return fromBefore
  }
  return {
    async isOurs({ mac, fits, ...row }) {
      if (!fits) return false
      if (mac !== null) return vaults.isMacOf(mac, "policy-version", ...saidBy(row))
      // What was published before: the ledger was told of it then. No row comes to be without a MAC any more.
      const told = (await read())[row.number - 1]
      return told !== undefined && isAsTold(row, told)
    },
  }
}

/** What the ledger was told of a version before rows had a MAC. */
interface FromBefore {
  readonly rules: unknown
  /** Counted, where the event does not say it. */
  readonly edition: unknown
  readonly sha256: unknown
  /** Milliseconds since 1970; undefined where it is not said. */
  readonly at: number | undefined
}

/** The row says when it was begun, and the event when it was written: a moment later. */
const WRITTEN_WITHIN_MS = 60_000

/**
 * In the order of their numbers, from 1: each version was told in the transaction in which it got the next number.
 * Events that say a number are of rows with a MAC, and vouch for no row without one.
 */
async function readFromBefore(db: Sql | Tx): Promise<readonly FromBefore[]> {
  const told = await toldOfKind(db, "policy-version")
  const editions = new Map<unknown, number>()
  return told
    .filter(detail => detail.number === undefined)
    .map(({ version, edition, sha256, at }) => {
      const counted = (editions.get(version) ?? 0) + 1
      editions.set(version, counted)
      return {
        rules: version,
        edition: edition ?? counted,
        sha256,
        at: at === undefined ? undefined : Date.parse(String(at)),
      }
    })
}

function isAsTold({ rules, edition, sha256, at }: VersionRow, told: FromBefore): boolean {
  if (told.rules !== rules || told.edition !== edition || told.sha256 !== sha256) return false
  return told.at === undefined || Math.abs(told.at - at.getTime()) <= WRITTEN_WITHIN_MS
}

function saidBy({ number, rules, edition, sha256, at }: VersionRow): readonly (string | number)[] {
  return [number, rules, edition, sha256, at.getTime()]
}

/** Rules: the number of the rules, and where it is not the first edition of them, a dot and the edition's. */
export function labelOf({ rules, edition }: Pick<VersionRow, "rules" | "edition">): string {
  return edition === 1 ? String(rules) : `${rules}.${edition}`
}
