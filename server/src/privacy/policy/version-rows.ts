import type { Sql, Tx } from "../../store/index.ts"
import type { Vaults } from "../../vaults/index.ts"
import { toldOfKind } from "../ledger/newest-public.ts"

/**
 * The table `policy_version`: what was published, numbered 1, 2, 3, … in the order of time. Nothing in it is changed and
 * nothing removed; the server's database role may only add to it. Each row has a MAC over number, label, hash and time,
 * and the hash is of the text, so that nobody who can write to the database can change what was said, or say something
 * else. A row that is missing leaves a gap in the numbers: the ledger has those of rows at the end.
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
  let fromBefore: Promise<ReadonlySet<string>> | undefined
  return {
    async isOurs({ mac, fits, ...row }) {
      if (!fits) return false
      if (mac !== null) return vaults.isMacOf(mac, "policy-version", ...saidBy(row))
      // What was published before: the ledger was told of it then. No row comes to be without a MAC any more.
      fromBefore ??= toldHashes(db)
      return (await fromBefore).has(`${row.rules} ${row.sha256}`)
    },
  }
}

async function toldHashes(db: Sql | Tx): Promise<ReadonlySet<string>> {
  const told = await toldOfKind(db, "policy-version")
  return new Set(told.map(({ version, sha256 }) => `${String(version)} ${String(sha256)}`))
}

function saidBy({ number, rules, edition, sha256, at }: VersionRow): readonly (string | number)[] {
  return [number, rules, edition, sha256, at.getTime()]
}

/** Rules: the number of the rules, and where it is not the first edition of them, a dot and the edition's. */
export function labelOf({ rules, edition }: Pick<VersionRow, "rules" | "edition">): string {
  return edition === 1 ? String(rules) : `${rules}.${edition}`
}
