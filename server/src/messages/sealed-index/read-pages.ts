/** Pages of segments, opened for one session: out of its cache, or many on one way from the database. */
import type { Store } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { inBatches } from "./batches.ts"
import { inSegment } from "./damaged-index-error.ts"
import { openIndexPage } from "./merge-input.ts"
import type { PageCache } from "./page-cache.ts"
import { pageBytes, pageKind, pagesOf, readStretch, type StreamKind, type Stretch } from "./page-streams.ts"
import type { Segment } from "./segment-list.ts"

export interface WantedStretch {
  readonly segment: Segment
  readonly kind: StreamKind
  readonly stretch: Stretch
}

/** A page is not there: its segment has been merged away, or the index is damaged. */
export class MissingPageError extends Error {
  override readonly name = "MissingPageError"
  readonly temporary = true
  readonly segment: number

  constructor(segment: number) {
    super("a page of the index is not there")
    this.segment = segment
  }
}

/** Octets of pages of one question to the database. */
const questionBytes = 1024 * 1024

const question = `
  select w.place, p.data
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) as w(segment_id, kind, no, place)
  join idx_page p on p.account_id = $1::bigint and p.segment_id = w.segment_id
    and p.kind = w.kind::smallint and p.no = w.no::int`

interface WantedPage {
  readonly segment: Segment
  readonly kind: StreamKind
  readonly no: number
}

const nameOf = ({ segment, kind, no }: WantedPage): string => `${segment.id}/${kind}/${no}`

/**
 * The stretches, in the order asked. Keeps all their pages in memory: ask for no more than is bearable. Throws
 * MissingPageError, and DamagedSegmentError where a page is not what was written.
 */
export async function readStretches(
  store: Pick<Store, "ask" | "sql">,
  session: VaultSession,
  cache: PageCache,
  wanted: readonly WantedStretch[],
): Promise<Buffer[]> {
  const held = new Map<string, Buffer>()
  const missing = new Map<string, WantedPage>()
  const coming = new Map<string, Promise<Buffer>>()
  const need = remembering((segment, kind, no) => {
    const page = { segment, kind, no }
    const name = nameOf(page)
    if (held.has(name) || missing.has(name) || coming.has(name)) return
    const cached = cache.get(name)
    const onItsWay = cache.coming.get(name)
    if (cached !== undefined) held.set(name, cached)
    else if (onItsWay !== undefined) coming.set(name, onItsWay)
    else missing.set(name, page)
  })
  for (const { segment, kind, stretch } of wanted) {
    if (stretch.length === 0) continue
    const { first, last } = pagesOf(kind, stretch)
    for (let no = first; no <= last; no++) need(segment, kind, no)
  }
  for (const some of inBatches([...missing.values()], questionBytes, ({ kind }) => pageBytes[kind])) {
    const answer = ask(store, session, cache, some)
    for (const page of some) coming.set(nameOf(page), comes(cache, answer, page))
  }
  // Waits for all, also where one fails: what is on its way is nobody's to leave behind.
  const arrived = await Promise.allSettled(
    Array.from(coming, async ([name, page]) => held.set(name, await page)),
  )
  const failed = arrived.find(one => one.status === "rejected")
  if (failed !== undefined) throw failed.reason
  if (session.closed) cache.clear()
  const pageOf = remembering((segment, kind, no) => held.get(nameOf({ segment, kind, no })))
  return wanted.map(({ segment, kind, stretch }) => {
    if (stretch.length === 0) return Buffer.alloc(0)
    return inSegment(segment, () => readStretch(kind, stretch, no => pageOf(segment, kind, no)))
  })
}

/** What was said of a page, as long as the same one is asked for: many lists of a question lie in one. */
function remembering<T>(ask: (segment: Segment, kind: StreamKind, no: number) => T): typeof ask {
  let last: { segment: Segment; kind: StreamKind; no: number; said: T } | undefined
  return (segment, kind, no) => {
    if (last?.no !== no || last.kind !== kind || last.segment !== segment)
      last = { segment, kind, no, said: ask(segment, kind, no) }
    return last.said
  }
}

/** Until it is there, others who want the page wait for the same answer. */
function comes(
  cache: PageCache,
  answer: Promise<ReadonlyMap<string, Buffer>>,
  page: WantedPage,
): Promise<Buffer> {
  const name = nameOf(page)
  const coming = answer.then(
    pages => {
      cache.coming.delete(name)
      const plain = pages.get(name)
      if (plain === undefined) throw new MissingPageError(page.segment.id)
      return plain
    },
    error => {
      cache.coming.delete(name)
      throw error
    },
  )
  cache.coming.set(name, coming)
  return coming
}

async function ask(
  store: Pick<Store, "ask" | "sql">,
  { account }: VaultSession,
  cache: PageCache,
  pages: readonly WantedPage[],
): Promise<ReadonlyMap<string, Buffer>> {
  const values = [
    account,
    pages.map(({ segment }) => segment.id),
    pages.map(({ kind }) => kind),
    pages.map(({ no }) => no),
    pages.map((_, place) => place),
  ]
  const found = new Map<string, Buffer>()
  await store.ask(store.sql, question, values, fields => {
    const page = pages[fields.int8()]
    if (page === undefined) throw new Error("a page that nobody asked for")
    const { segment, kind, no } = page
    const plain = inSegment(segment, () => openIndexPage(account, segment, kind, no, fields.bytea()))
    found.set(nameOf(page), plain)
    cache.set(nameOf(page), plain, kind !== pageKind.summaries)
  })
  return found
}
