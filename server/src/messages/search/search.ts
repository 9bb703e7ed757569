/**
 * Search in one mailbox: exact, whatever is asked. Rows and the sealed index say which messages match and which may;
 * of these the summary is read, then the header, then the message, each only where the one before it did not tell.
 * Memory: bits for each message of the snapshot, a page of summaries, one message.
 */
import { setImmediate } from "node:timers/promises"
import type { Permit } from "../../privacy/index.ts"
import type { AccountId, EmailId, Store } from "../../store/index.ts"
import { asId } from "../../store/index.ts"
import { DamagedBodyError } from "../bodies/open-chunk.ts"
import type { Criterion } from "../criteria.ts"
import type { Mail, Snapshot, UidRange } from "../mail.ts"
import type { AccountIndex, Summary } from "../sealed-index/index.ts"
import { askRows, newestModSeq } from "./ask-rows.ts"
import { headerAnswers, isOfHeader, messageAnswers, summaryAnswers } from "./content.ts"
import { judge } from "./judge.ts"
import { type Answers, narrow } from "./narrow.ts"
import { finderOf, Places } from "./places.ts"
import { type Plan, planOf } from "./plan.ts"
import type { RowFilter } from "./row-filter.ts"

export interface SearchParts {
  readonly store: Pick<Store, "ask" | "sql">
  readonly account: AccountId
  readonly index: Pick<AccountIndex, "findEach" | "summaries">
  readonly mail: Pick<Mail, "body" | "bodies" | "rows">
}

/** Headers that are opened at once. */
const headersAtOnce = 8

export function createSearch(parts: SearchParts): Mail["search"] {
  return async (snapshot, asked, permit, signal) => {
    const criterion = asked.open(permit)
    const finder = finderOf(snapshot)
    const { store, account } = parts
    const rows = { store, account, mailbox: snapshot.mailbox.id, snapshot, finder }
    const plan = planOf(criterion)
    const answers: Answers = new Map()
    const narrowing = {
      finder,
      askRows: (filter: RowFilter, among: Places) => askRows(rows, filter, among),
      index: parts.index,
      signal,
    }
    const all = Places.all(snapshot.uids.length)
    const { sure, maybe } = await narrow(narrowing, plan, all, answers)
    const opened = maybe.isEmpty
      ? maybe
      : await look({ parts, snapshot, plan, answers, permit, signal }, maybe)
    const uids = sure
      .or(opened)
      .list()
      .map(place => snapshot.uids[place] ?? 0)
    const modseq = asksModSeq(criterion) ? await newestModSeq(rows, uids) : snapshot.modseq
    return { uids, modseq: uids.length === 0 ? asId(0) : modseq }
  }
}

interface Looking {
  readonly parts: SearchParts
  readonly snapshot: Snapshot
  readonly plan: Plan
  readonly answers: Answers
  readonly permit: Permit<"mail.read">
  readonly signal: AbortSignal
}

/** Of these, those that match by what is in them. */
async function look(work: Looking, maybe: Places): Promise<Places> {
  const found = Places.none(maybe.size)
  const bodies = Places.none(maybe.size)
  if (onlyBodiesTell(work)) await lookAtMessages(work, maybe, found)
  else {
    await lookAtSummaries(work, maybe, found, bodies)
    await lookAtMessages(work, bodies, found)
  }
  return found
}

/** Every leaf that is open asks for text of the body alone: summaries would tell nothing. */
function onlyBodiesTell({ answers }: Looking): boolean {
  for (const [plan, { maybe }] of answers)
    if (plan.kind === "header" || plan.kind === "sent" || plan.kind === "text")
      if (!maybe.isEmpty && !(plan.kind === "text" && plan.fields.every(field => field === "body")))
        return false
  return true
}

/** Adds what matches to `found`, and what only the body tells to `bodies`; where the header tells, it is opened. */
async function lookAtSummaries(work: Looking, maybe: Places, found: Places, bodies: Places): Promise<void> {
  const { parts, snapshot, plan, answers, permit, signal } = work
  const places = maybe.list()
  const emails = Array.from(places, place => asId<EmailId>(snapshot.emails[place] ?? 0))
  let at = 0
  for await (const page of parts.index.summaries(emails)) {
    signal.throwIfAborted()
    const headers: { place: number; summary: Summary }[] = []
    for (const sealed of page) {
      const place = places[at++]
      const summary = sealed?.open(permit)
      // What this sign-in does not open holds no text.
      if (place === undefined || summary === undefined) continue
      let inHeader = true
      const answering = summaryAnswers(summary, leaf => {
        if (!isOfHeader(leaf)) inHeader = false
      })
      const verdict = judge(plan, place, answers, answering)
      if (verdict === "yes") found.add(place)
      else if (verdict === "open" && inHeader) headers.push({ place, summary })
      else if (verdict === "open") bodies.add(place)
    }
    for (let from = 0; from < headers.length; from += headersAtOnce)
      await Promise.all(
        headers.slice(from, from + headersAtOnce).map(async ({ place, summary }) => {
          const header = await headerOf(work, place, summary)
          if (header !== undefined && judge(plan, place, answers, headerAnswers(header)) === "yes")
            found.add(place)
        }),
      )
    await setImmediate()
  }
}

/** With what was written above the message. Undefined when the message has gone meanwhile. */
async function headerOf(work: Looking, place: number, summary: Summary): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  const end = summary.traceBytes + summary.structure().bodyStart
  try {
    for await (const piece of work.parts.mail.body(summary.bodyId, 0, end))
      pieces.push(piece.open(work.permit))
  } catch (error) {
    if (error instanceof DamagedBodyError && (await stillThere(work, [place])).length === 0) return undefined
    throw error
  }
  return Buffer.concat(pieces)
}

/** A body may go while it is read: then its message has gone, and the others are looked at again. */
async function lookAtMessages(work: Looking, wanted: Places, found: Places): Promise<void> {
  let left: readonly number[] = [...wanted.list()]
  while (left.length > 0) {
    const progress = { behind: -1 }
    try {
      await lookAtBodies(work, left, found, progress)
      return
    } catch (error) {
      const open = left.filter(place => place > progress.behind)
      left = await stillThere(work, open)
      if (!(error instanceof DamagedBodyError) || left.length === open.length) throw error
    }
  }
}

async function lookAtBodies(
  work: Looking,
  places: readonly number[],
  found: Places,
  progress: { behind: number },
): Promise<void> {
  const { parts, snapshot, plan, answers, permit, signal } = work
  const placeOf = new Map(places.map(place => [snapshot.uids[place] ?? 0, place]))
  const { id } = snapshot.mailbox
  let pieces: Buffer[] = []
  for await (const { row, piece, last } of parts.mail.bodies(id, rangesOf(snapshot, places))) {
    signal.throwIfAborted()
    pieces.push(piece.open(permit))
    if (!last) continue
    const [only] = pieces
    const message = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
    pieces = []
    const place = placeOf.get(row.uid)
    if (place === undefined) continue
    if (judge(plan, place, answers, messageAnswers(message)) === "yes") found.add(place)
    progress.behind = place
    await setImmediate()
  }
}

/** Of these places, ascending, those whose messages are in the mailbox now. */
async function stillThere({ parts, snapshot }: Looking, places: readonly number[]): Promise<number[]> {
  const uids = new Set<number>()
  for await (const rows of parts.mail.rows(snapshot.mailbox.id, rangesOf(snapshot, places)))
    for (const { uid } of rows) uids.add(uid)
  return places.filter(place => uids.has(snapshot.uids[place] ?? 0))
}

/** Neighbours in the mailbox are one range, though UIDs between them have gone. */
function rangesOf({ uids }: Snapshot, places: readonly number[]): readonly UidRange[] {
  const ranges: { first: number; last: number }[] = []
  let before = -2
  for (const place of places) {
    const uid = uids[place] ?? 0
    const range = ranges.at(-1)
    if (range !== undefined && place === before + 1) range.last = uid
    else ranges.push({ first: uid, last: uid })
    before = place
  }
  return ranges
}

function asksModSeq(criterion: Criterion): boolean {
  switch (criterion.kind) {
    case "modseq":
      return true
    case "and":
    case "or":
      return criterion.of.some(asksModSeq)
    case "not":
      return asksModSeq(criterion.of)
    default:
      return false
  }
}
