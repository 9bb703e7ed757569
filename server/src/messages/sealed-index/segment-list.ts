/** Which segments an account's index has, as one session sees them. */
import type { KeyObject } from "node:crypto"
import type { Fields, Store } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { openIndexPage } from "./merge-input.ts"
import { pageKind } from "./page-streams.ts"
import { type Root, readRoot, type SummaryPlace, summaryPlaces } from "./root.ts"
import { type BlockPlace, blockPlaces } from "./term-cursor.ts"

export interface Segment {
  readonly kind: "open"
  readonly id: number
  readonly level: number
  readonly lo: number
  readonly hi: number
  readonly key: KeyObject
  readonly root: Root
  /** Where the summary of the message with that ordinal lies. */
  readonly summaryPlace: (ordinal: number) => SummaryPlace | undefined
  /** Of each dictionary, in their order. */
  readonly blocks: ReadonlyMap<number, readonly BlockPlace[]>
}

/** One that this session cannot read: sealed to a generation that is not its, or damaged. */
export interface ShutSegment {
  readonly kind: "closed" | "damaged"
  readonly id: number
  readonly lo: number
  readonly hi: number
}

export interface SegmentList {
  /** Merges count it up. 0: there has been none. */
  readonly version: number
  /** Ascending by `lo`; none overlaps another. */
  readonly segments: readonly (Segment | ShutSegment)[]
}

export const emptyList: SegmentList = { version: -1, segments: [] }

export function openSegments(list: SegmentList): readonly Segment[] {
  return list.segments.filter(segment => segment.kind === "open")
}

interface Row {
  readonly version: number
  readonly segment: (Omit<ShutSegment, "kind"> & { level: number; root: Buffer | undefined }) | undefined
}

/** One statement: the version and what it stands for. Roots that are known are not sent again. */
const question = `
  select coalesce((select version from idx_list where account_id = $1::bigint), 0) as version,
    s.segment_id, s.level, s.lo, s.hi, case when s.segment_id = any($2::bigint[]) then null else s.root end
  from (select) one left join idx_segment s on s.account_id = $1::bigint
  order by s.lo`

function readRow(fields: Fields): Row {
  const version = fields.int8()
  if (fields.isNull()) return { version, segment: undefined }
  const [id, level, lo, hi] = [fields.int8(), fields.int2(), fields.int8(), fields.int8()]
  const root = fields.isNull() ? undefined : Buffer.from(fields.bytea())
  return { version, segment: { id, level, lo, hi, root } }
}

/** What is in memory of `known` is used again. Throws VaultError `session-closed`. */
export async function readSegmentList(
  store: Pick<Store, "ask" | "sql">,
  session: VaultSession,
  known: SegmentList,
): Promise<SegmentList> {
  const { account } = session
  const before = new Map(known.segments.map(segment => [segment.id, segment]))
  for (;;) {
    const rows = await store.ask(store.sql, question, [account, [...before.keys()]], readRow)
    const version = rows[0]?.version ?? 0
    const found = rows.flatMap(({ segment }) => (segment === undefined ? [] : [segment]))
    const unknown = found.filter(({ id }) => !before.has(id)).map(({ id }) => id)
    const keys = unknown.length === 0 ? new Map() : await session.segmentKeys(unknown)
    // A key that is not there may have gone with its segment, by a merge between the two questions.
    if (unknown.some(id => !keys.has(id)) && (await versionOf(store, account)) !== version) continue
    const segments = found.map((row): Segment | ShutSegment => {
      const { id, level, lo, hi, root } = row
      const same = before.get(id)
      if (same !== undefined) return same
      const key = keys.get(id)
      if (key?.kind === "closed") return { kind: "closed", id, lo, hi }
      if (key?.kind !== "open" || root === undefined) return { kind: "damaged", id, lo, hi }
      const opened = openRoot(account, { id, key: key.key }, root)
      if (opened === undefined) return { kind: "damaged", id, lo, hi }
      return {
        kind: "open",
        id,
        level,
        lo,
        hi,
        key: key.key,
        root: opened,
        summaryPlace: summaryPlaces(opened),
        blocks: Map.groupBy(blockPlaces(opened.blocks), ({ block }) => block.dictionary),
      }
    })
    return { version, segments }
  }
}

async function versionOf(store: Pick<Store, "ask" | "sql">, account: number): Promise<number> {
  const rows = await store.ask(
    store.sql,
    "select version from idx_list where account_id = $1::bigint",
    [account],
    fields => fields.int8(),
  )
  return rows[0] ?? 0
}

function openRoot(
  account: VaultSession["account"],
  segment: Pick<Segment, "id" | "key">,
  root: Buffer,
): Root | undefined {
  try {
    return readRoot(openIndexPage(account, segment, pageKind.root, 0, root))
  } catch (error) {
    if (error instanceof DamagedIndexError) return undefined
    throw error
  }
}
