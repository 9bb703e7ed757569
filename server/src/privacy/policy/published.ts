import type { Clock } from "../../ports/clock.ts"
import type { Store } from "../../store/index.ts"
import { type PolicyDocument, PolicyTextError, readDocument, sha256Of } from "./document.ts"

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
}

/** A version, where it stands among the others, and what it says. */
export interface PlacedVersion {
  readonly version: PublishedVersion
  /** The label of the version before it; undefined for the first. */
  readonly before: string | undefined
  /** When the next one took its place, in milliseconds since 1970; undefined for the one in effect. */
  readonly until: number | undefined
  /** The canonical text. */
  readonly text: string
  readonly document: PolicyDocument
}

/** A page of the list of all versions. */
export interface VersionList {
  /** Newest first, VERSIONS_ON_A_PAGE at most. */
  readonly versions: readonly PublishedVersion[]
  /** The label of the version before the last of these; undefined where that is the first. */
  readonly before: string | undefined
  readonly page: number
  /** How many pages there are. */
  readonly pages: number
}

export interface PublishedPolicy {
  /** The one in effect, asked for once a minute at most; undefined only before the server has started. */
  newest(): Promise<PublishedVersion | undefined>
  /** `page` from 1, which begins with the one in effect; undefined beyond the last. One query of some rows. */
  list(page: number): Promise<VersionList | undefined>
  /** Undefined where there is no such version. One query of one row: who asks for strangers bounds how often. */
  read(label: string): Promise<PlacedVersion | undefined>
}

/** How long another node's version may stay unseen: what strangers ask for costs one query a minute. */
const freshMs = 60_000
export const VERSIONS_ON_A_PAGE = 50

interface VersionRow {
  readonly number: number
  readonly rules: number
  readonly edition: number
  readonly sha256: string
  readonly at: Date
}

export function openPublishedPolicy(store: Pick<Store, "sql">, clock: Clock): PublishedPolicy {
  let known: { readonly at: number; readonly newest: Promise<VersionRow | undefined> } | undefined

  const newest = (): Promise<VersionRow | undefined> => {
    if (known === undefined || clock.now() - known.at >= freshMs) {
      const asked = readNewest(store)
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
      const row = await newest()
      return row === undefined ? undefined : versionOf(row)
    },
    async list(page) {
      const { number = 0 } = (await newest()) ?? {}
      const pages = Math.ceil(number / VERSIONS_ON_A_PAGE)
      if (page < 1 || page > pages) return undefined
      return { ...(await readPage(store, number - (page - 1) * VERSIONS_ON_A_PAGE)), page, pages }
    },
    read: label => readVersion(store, label),
  }
}

async function readNewest({ sql }: Pick<Store, "sql">): Promise<VersionRow | undefined> {
  const [row] = await sql<VersionRow[]>`
    select number, rules, edition, sha256, published_at as at from policy_version order by number desc limit 1`
  return row
}

/** From the version with this number down. Numbers have no gap: each is given under a lock, and none is taken away. */
async function readPage({ sql }: Pick<Store, "sql">, from: number) {
  const rows = await sql<VersionRow[]>`
    select number, rules, edition, sha256, published_at as at from policy_version where number <= ${from}
    order by number desc limit ${VERSIONS_ON_A_PAGE + 1}`
  const next = rows[VERSIONS_ON_A_PAGE]
  return {
    versions: rows.slice(0, VERSIONS_ON_A_PAGE).map(versionOf),
    before: next === undefined ? undefined : labelOf(next.rules, next.edition),
  }
}

/** Rules: the number of the rules, and where it is not the first edition of them, a dot and the edition's. */
const labelRule = /^([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?$/

async function readVersion({ sql }: Pick<Store, "sql">, label: string): Promise<PlacedVersion | undefined> {
  const [, rules, edition = "1"] = labelRule.exec(label) ?? []
  if (rules === undefined || labelOf(Number(rules), Number(edition)) !== label) return undefined
  const [row] = await sql<(VersionRow & { readonly text: string; readonly until: Date | null })[]>`
    select number, rules, edition, sha256, published_at as at, canonical as text,
      (select published_at from policy_version as later where later.number > policy_version.number
        order by later.number limit 1) as until
      from policy_version where rules = ${Number(rules)} and edition = ${Number(edition)}`
  if (row === undefined) return undefined
  if (sha256Of(row.text) !== row.sha256) throw new PolicyTextError("is not what its hash says")
  const [before] = await sql<VersionRow[]>`
    select number, rules, edition, sha256, published_at as at from policy_version where number < ${row.number}
    order by number desc limit 1`
  return {
    version: versionOf(row),
    before: before === undefined ? undefined : labelOf(before.rules, before.edition),
    until: row.until?.getTime(),
    text: row.text,
    document: readDocument(row.text),
  }
}

function versionOf({ rules, edition, sha256, at }: VersionRow): PublishedVersion {
  return { label: labelOf(rules, edition), publishedAt: at.getTime(), sha256 }
}

function labelOf(rules: number, edition: number): string {
  return edition === 1 ? String(rules) : `${rules}.${edition}`
}
