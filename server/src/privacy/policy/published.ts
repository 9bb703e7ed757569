import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"
import { newestPublic, numberOf } from "../ledger/newest-public.ts"
import { type PolicyDocument, readDocument } from "./document.ts"
import {
  judgeVersions,
  labelOf,
  type StoredRow,
  type VersionJudge,
  type VersionVaults,
} from "./version-rows.ts"

/**
 * The versions of the policy that this server has published, for everybody to read: each of them, however many there
 * are. A label is the number of the rules, and where the operator's settings made more than one edition of them, the
 * edition's: "1", "1.2", "2".
 */
export interface PublishedVersion {
  readonly label: string
  /** Milliseconds since 1970. */
  readonly publishedAt: number
  /** Of the canonical text, in hex: as the ledger has it. */
  readonly sha256: string
  /** False: somebody altered it in the database, and what stands here is not what this server published. */
  readonly isOurs: boolean
}

/**
 * How many versions after the newest that is there were published, as the ledger was told, and taken out of the
 * database. Unknown: what the ledger was last told cannot be read.
 */
export type MissingAfter = number | "unknown"

/** The newest that is there. */
export interface NewestVersion extends PublishedVersion {
  readonly missingAfter: MissingAfter
}

/** A version, where it stands among the others, and what it says. */
export interface PlacedVersion {
  readonly kind: "whole"
  readonly version: PublishedVersion
  /** The label of the version before it; undefined for the first. */
  readonly before: string | undefined
  /** When the next that is there took its place, in milliseconds since 1970; undefined for the newest. */
  readonly until: number | undefined
  /** 0: the next one took its place, or this one is in effect. */
  readonly missingAfter: MissingAfter
  /** The canonical text. */
  readonly text: string
  readonly document: PolicyDocument
}

/** A version that somebody altered in the database: what it said is not known. */
export interface AlteredVersion {
  readonly kind: "altered"
  readonly label: string
}

/** A version in the list. `missing`: how many between it and the one before it were taken out of the database. */
export interface ListedVersion extends PublishedVersion {
  readonly missing: number
}

/** A page of the list of all versions. */
export interface VersionList {
  /** Newest first, VERSIONS_ON_A_PAGE at most. */
  readonly versions: readonly ListedVersion[]
  /** Newer than the first of these; 0 on all pages but the first. */
  readonly missingAfter: MissingAfter
  /** The label of the version before the last of these; undefined where that is the first. */
  readonly before: string | undefined
  readonly page: number
  /** How many pages there are. */
  readonly pages: number
}

export interface PublishedPolicy {
  /** The one in effect, if none is missing after it; asked for once a minute at most. Undefined only before the server has started. */
  newest(): Promise<NewestVersion | undefined>
  /** `page` from 1, which begins with the newest; undefined beyond the last. One query of some rows. */
  list(page: number): Promise<VersionList | undefined>
  /** Undefined where there is no such version. One query of one row: who asks for strangers bounds how often. */
  read(label: string): Promise<PlacedVersion | AlteredVersion | undefined>
}

/** How long another node's version may stay unseen: what strangers ask for costs one query a minute. */
const freshMs = 60_000
export const VERSIONS_ON_A_PAGE = 50

export function openPublishedPolicy(
  store: Pick<Store, "sql">,
  vaults: VersionVaults,
  clock: Clock,
): PublishedPolicy {
  const judge = judgeVersions(store.sql, vaults)
  let known: { readonly at: number; readonly newest: Promise<Newest> } | undefined

  const newest = (): Promise<Newest> => {
    if (known === undefined || clock.now() - known.at >= freshMs) {
      const asked = readNewest(store, vaults)
      const mine = { at: clock.now(), newest: asked }
      known = mine
      asked.catch(() => {
        if (known === mine) known = undefined
      })
    }
    return known.newest
  }

  return {
    async newest() {
      const { row, told } = await newest()
      if (row === undefined) return undefined
      return { ...(await versionOf(row, judge)), missingAfter: missingAfter(row.number, told) }
    },
    async list(page) {
      const { row, told } = await newest()
      const number = row?.number ?? 0
      const pages = Math.ceil(number / VERSIONS_ON_A_PAGE)
      if (page < 1 || page > pages) return undefined
      const versions = await readPage(store, judge, number - (page - 1) * VERSIONS_ON_A_PAGE)
      return { ...versions, missingAfter: page === 1 ? missingAfter(number, told) : 0, page, pages }
    },
    read: async label => await readVersion(store, judge, label, (await newest()).told),
  }
}

interface Newest {
  readonly row: StoredRow | undefined
  /** The number of the newest that the ledger was told, 0 where it said none. */
  readonly told: MissingAfter
}

async function readNewest({ sql }: Pick<Store, "sql">, vaults: VersionVaults): Promise<Newest> {
  // First: what is published meanwhile is then in the table at the latest when that is read.
  const told = await newestPublic(sql, vaults, "policy-version")
  const [row] = await sql<StoredRow[]>`
    select number, rules, edition, sha256, published_at as at, mac,
      encode(sha256(convert_to(canonical, 'UTF8')), 'hex') = sha256 as fits
      from policy_version order by number desc limit 1`
  const number = told.kind === "told" ? numberOf(told.detail) : 0
  return { row, told: told.kind === "unreadable" ? "unknown" : number }
}

function missingAfter(last: number, told: MissingAfter): MissingAfter {
  return told === "unknown" ? told : Math.max(0, told - last)
}

/** From the version with this number down. Numbers have no gap, unless somebody has made one. */
async function readPage({ sql }: Pick<Store, "sql">, judge: VersionJudge, from: number) {
  const rows = await sql<StoredRow[]>`
    select number, rules, edition, sha256, published_at as at, mac,
      encode(sha256(convert_to(canonical, 'UTF8')), 'hex') = sha256 as fits
      from policy_version where number <= ${from}
    order by number desc limit ${VERSIONS_ON_A_PAGE + 1}`
  const next = rows[VERSIONS_ON_A_PAGE]
  const versions = rows.slice(0, VERSIONS_ON_A_PAGE).map(async (row, index) => ({
    ...(await versionOf(row, judge)),
    missing: row.number - (rows[index + 1]?.number ?? 0) - 1,
  }))
  return { versions: await Promise.all(versions), before: next === undefined ? undefined : labelOf(next) }
}

const labelRule = /^([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?$/

async function readVersion(
  { sql }: Pick<Store, "sql">,
  judge: VersionJudge,
  label: string,
  told: MissingAfter,
): Promise<PlacedVersion | AlteredVersion | undefined> {
  const [, rules, edition = "1"] = labelRule.exec(label) ?? []
  const asked = { rules: Number(rules), edition: Number(edition) }
  if (rules === undefined || labelOf(asked) !== label) return undefined
  const [row] = await sql<
    (StoredRow & { readonly text: string; readonly until: Date | null; readonly next: number | null })[]
  >`
    select number, rules, edition, sha256, published_at as at, mac, canonical as text,
      encode(sha256(convert_to(canonical, 'UTF8')), 'hex') = sha256 as fits,
      (select published_at from policy_version as later where later.number > policy_version.number
        order by later.number limit 1) as until,
      (select min(number) from policy_version as later where later.number > policy_version.number) as next
      from policy_version where rules = ${asked.rules} and edition = ${asked.edition}`
  if (row === undefined) return undefined
  const { text, until, next, ...stored } = row
  const version = await versionOf(stored, judge)
  if (!version.isOurs) return { kind: "altered", label }
  const [before] = await sql<Pick<StoredRow, "rules" | "edition">[]>`
    select rules, edition from policy_version where number < ${row.number} order by number desc limit 1`
  return {
    kind: "whole",
    version,
    before: before === undefined ? undefined : labelOf(before),
    until: until?.getTime(),
    missingAfter: next === null ? missingAfter(row.number, told) : next - row.number - 1,
    text,
    document: readDocument(text),
  }
}

async function versionOf(row: StoredRow, judge: VersionJudge): Promise<PublishedVersion> {
  return {
    label: labelOf(row),
    publishedAt: row.at.getTime(),
    sha256: row.sha256,
    isOurs: await judge.isOurs(row),
  }
}
