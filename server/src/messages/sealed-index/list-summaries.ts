/** Summaries of a page of messages: out of segments' blocks, of entries, of the messages themselves where neither has them. */
import { type Personal, personal } from "../../privacy/index.ts"
import { asId, type EmailId } from "../../store/index.ts"
import { readEntry } from "../entry.ts"
import { placeOf } from "./audit.ts"
import { openEntry } from "./build-segment.ts"
import type { Summary } from "./contract.ts"
import { inSegment } from "./damaged-index-error.ts"
import { entryOfBody } from "./entry-of-body.ts"
import { StaleListError } from "./index-state.ts"
import { keepEntry, keptSummary } from "./kept-entries.ts"
import type { PageCache } from "./page-cache.ts"
import { pageKind, type Stretch } from "./page-streams.ts"
import type { SessionParts } from "./parts.ts"
import { readHeadsById } from "./read-entries.ts"
import { readStretches } from "./read-pages.ts"
import { openSegments, type Segment, type SegmentList } from "./segment-list.ts"
import { type OpenedSections, openSummaryBlock, summaryOfEntry } from "./summary-block.ts"
import { isBesideOther, swappedError } from "./swapped-body.ts"

export type Shown = Personal<"user.content.private.mail", Summary> | undefined

/** Messages of a page, and blocks of segments that they may lie in. */
const pageLimits = { messages: 512, blocks: 64 }

interface InBlock {
  readonly block: Block
  /** The message's place in it. */
  readonly at: number
}

interface Block {
  readonly segment: Segment
  readonly stretch: Stretch
  readonly messages: number
}

export interface Page {
  readonly emails: readonly EmailId[]
  readonly inBlocks: ReadonlyMap<EmailId, InBlock>
  readonly blocks: readonly Block[]
}

/** As many messages from `from` on as one page may hold. */
export function cutPage(list: SegmentList, emails: readonly EmailId[], from: number): Page {
  const page: EmailId[] = []
  const inBlocks = new Map<EmailId, InBlock>()
  const blocks = new Map<string, Block>()
  const segments = openSegments(list)
  for (let at = from; at < emails.length && page.length < pageLimits.messages; at++) {
    const email = emails[at]
    if (email === undefined) break
    const found = blockOf(segments, email)
    if (found !== undefined) {
      const name = `${found.block.segment.id}/${found.block.stretch.offset}`
      const block = blocks.get(name) ?? found.block
      if (!blocks.has(name) && blocks.size === pageLimits.blocks) break
      blocks.set(name, block)
      inBlocks.set(email, { block, at: found.at })
    }
    page.push(email)
  }
  return { emails: page, inBlocks, blocks: [...blocks.values()] }
}

function blockOf(segments: readonly Segment[], email: number): InBlock | undefined {
  const segment = segments.find(({ lo, hi }) => lo <= email && email <= hi)
  if (segment === undefined) return undefined
  const ordinal = placeOf(segment.root.emails, email)
  const place = ordinal === -1 ? undefined : segment.summaryPlace(ordinal)
  if (place === undefined) return undefined
  const { offset, octets, messages, at } = place
  return { block: { segment, stretch: { offset, length: octets }, messages }, at }
}

/**
 * `known`: the bodies, where who asks has just read them. Throws StaleListError, MissingPageError and
 * DamagedSegmentError; VaultError `not-authentic` where bodies were swapped.
 */
export async function readPage(
  parts: SessionParts,
  cache: PageCache,
  list: SegmentList,
  { emails, inBlocks, blocks }: Page,
  onDamaged: (email: EmailId) => void,
  known: ReadonlyMap<EmailId, Buffer> | undefined,
): Promise<Shown[]> {
  const { store, session } = parts
  const others = emails.filter(email => !inBlocks.has(email))
  const kept = new Map<EmailId, Summary>()
  for (const email of others) {
    const summary = keptSummary(cache, email)
    if (summary !== undefined) kept.set(email, summary)
  }
  const unread = others.filter(email => !kept.has(email))
  const [frames, entries, bodies] = await Promise.all([
    readStretches(
      store,
      session,
      cache,
      blocks.map(({ segment, stretch }) => ({ segment, kind: pageKind.summaries, stretch })),
    ),
    unread.length === 0 ? undefined : readOthers(parts, cache, list, unread, onDamaged),
    known ?? readBodies(parts, [...inBlocks.keys(), ...kept.keys()]),
  ])
  const opened = new Map(
    blocks.map((block, at) => [
      block,
      inSegment(block.segment, () =>
        openSummaryBlock(frames[at] ?? Buffer.alloc(0), block.messages, keptIn(cache, block)),
      ),
    ]),
  )
  const shown = new Map<EmailId, Shown>(entries)
  const show = (email: EmailId, summary: Summary | undefined): void => {
    const body = bodies.get(email)
    if (body === undefined || summary === undefined) return
    if (!summary.bodyId.equals(body)) throw swappedError()
    shown.set(email, personal("user.content.private.mail", summary, session.account))
  }
  for (const [email, place] of inBlocks) show(email, opened.get(place.block)?.summary(place.at, email))
  for (const [email, summary] of kept) show(email, summary)
  return emails.map(email => shown.get(email))
}

/** A block's sections among the pages that the session keeps. */
function keptIn(cache: PageCache, { segment, stretch }: Block): OpenedSections {
  const name = (no: number): string => `${segment.id}/${pageKind.summaries}/${stretch.offset}/${no}`
  return { get: no => cache.get(name(no)), set: (no, section) => cache.set(name(no), section) }
}

/** The bodies of messages that are there: 16 bytes each. */
async function readBodies(
  { store, session }: SessionParts,
  emails: readonly EmailId[],
): Promise<ReadonlyMap<EmailId, Buffer>> {
  if (emails.length === 0) return new Map()
  const rows = await store.ask(
    store.sql,
    "select email_id, body_id from email where account_id = $1::bigint and email_id = any($2::bigint[])",
    [session.account, emails],
    fields => [asId<EmailId>(fields.int8()), fields.uuid()] as const,
  )
  return new Map(rows)
}

/** Messages that no open segment holds. */
async function readOthers(
  parts: SessionParts,
  cache: PageCache,
  list: SegmentList,
  emails: readonly EmailId[],
  onDamaged: (email: EmailId) => void,
): Promise<ReadonlyMap<EmailId, Shown>> {
  const { store, session } = parts
  const { version, rows } = await readHeadsById(store, session, emails)
  if (version !== list.version) throw new StaleListError("a merge came between")
  const shown = new Map<EmailId, Shown>()
  for (const row of rows) {
    const { email, bodyId, key } = row
    if (key === undefined) {
      shown.set(email, undefined)
      continue
    }
    const entry = openEntry(session, { ...row, key })
    if (entry !== undefined) {
      const summary = summaryOfEntry(() => entry, email, bodyId)
      keepEntry(cache, summary, entry.bytes)
      shown.set(email, personal("user.content.private.mail", summary, session.account))
    } else if (await isBesideOther(parts, row)) throw swappedError()
    else onDamaged(email)
  }
  if (session.closed) cache.clear()
  const missing = emails.filter(email => !shown.has(email))
  for (const [email, summary] of await readMissing(parts, list, missing, onDamaged)) shown.set(email, summary)
  return shown
}

/** Messages that are in the index nowhere: they have gone, or the index has lost them. The messages themselves tell. */
async function readMissing(
  parts: SessionParts,
  list: SegmentList,
  emails: readonly EmailId[],
  onDamaged: (email: EmailId) => void,
): Promise<ReadonlyMap<EmailId, Shown>> {
  const { session, privacy } = parts
  const shown = new Map<EmailId, Shown>()
  const closed = list.segments.filter(({ kind }) => kind === "closed")
  const wanted = emails.filter(email => !closed.some(({ lo, hi }) => lo <= email && email <= hi))
  if (wanted.length === 0) return shown
  const bodies = await readBodies(parts, wanted)
  if (bodies.size === 0) return shown
  for (const email of bodies.keys()) onDamaged(email)
  await privacy.gate("mail.read", { kind: "account", account: session.account }, async permit => {
    for (const [email, body] of bodies) {
      const entry = await entryOfBody(parts, body, permit)
      if (entry === undefined) continue
      const summary = summaryOfEntry(() => readEntry(entry), email, body)
      shown.set(email, personal("user.content.private.mail", summary, session.account))
    }
  })
  return shown
}
