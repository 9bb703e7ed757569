/**
 * A question to segments. First the words are sought through, in those blocks that may hold an answer; then what is
 * said of the words that were found is read, then the lists of messages that this names: each time many pages on one
 * way from the database.
 */
import { inBatches } from "./batches.ts"
import { createBreath } from "./breath.ts"
import { type Candidates, checkTexts } from "./check-texts.ts"
import { DamagedIndexError, inSegment } from "./damaged-index-error.ts"
import { wordsDictionary } from "./fields.ts"
import { gramsOf, mayHold } from "./gram-filter.ts"
import { pageKind, type Stretch } from "./page-streams.ts"
import { readPostings } from "./postings.ts"
import { batchBytes, type Reading, read, readBatches } from "./reading.ts"
import type { CutLists } from "./root.ts"
import { type Needle, needleOf, scanTerms } from "./scan-terms.ts"
import type { Segment } from "./segment-list.ts"
import { openTerms, scanInfo } from "./term-blocks.ts"
import type { BlockPlace } from "./term-cursor.ts"
import type { Probe, Probes } from "./terms.ts"

/** What one dictionary is asked. */
export interface Part {
  readonly dictionary: number
  /** A bit for each field that counts. */
  readonly fields: number
  readonly probes: Probes
}

export interface Asked {
  /** Any of them is answer enough. */
  readonly parts: readonly Part[]
  /** Messages that were cut there may match although nothing of theirs answers. */
  readonly cut: readonly (keyof CutLists)[]
  /** What the parts are made of; "" for none. */
  readonly text: string
}

/** What is known of each message of a segment, by its ordinal. */
export const mark = { no: 0, perhaps: 1, sure: 2 } as const

/** Probes of one question: the longest of them. They are a superset's, so some may be left out. */
const probesLimit = 12

/** One part asked of one segment. */
interface Task {
  readonly segment: Segment
  readonly part: Part
  readonly needles: readonly Needle[]
  /** Those that may hold an answer. */
  blocks: readonly BlockPlace[]
  readonly marks: Uint8Array
  /** A bit for each probe that a message has answered. */
  readonly answered: Uint16Array
}

/** For each segment its marks. Throws MissingPageError and DamagedSegmentError. */
export async function askSegments(
  reading: Reading,
  segments: readonly Segment[],
  asked: Asked,
): Promise<readonly Uint8Array[]> {
  const breathe = createBreath(reading.signal)
  const marks = segments.map(({ root }) => new Uint8Array(root.emails.length))
  const tasks = segments.flatMap((segment, at) =>
    tasksOf(segment, asked.parts, marks[at] ?? new Uint8Array()),
  )
  await leaveOut(reading, tasks)
  const batches = inBatches(tasks, batchBytes, task => sum(task.blocks, ({ terms }) => terms.length))
  let next = batches[0] === undefined ? undefined : readTerms(reading, batches[0])
  for (const [at, batch] of batches.entries()) {
    const texts = (await next) ?? []
    const following = batches[at + 1]
    next = following === undefined ? undefined : readTerms(reading, following)
    // It may fail while this one is worked on; it is awaited in its turn.
    next?.catch(() => undefined)
    await askBatch(reading, batch, texts, breathe)
  }
  const candidates: Candidates[] = []
  for (const task of tasks)
    if (task.part.dictionary === wordsDictionary && !task.part.probes.sure)
      candidates.push(candidatesOf(task))
    else settle(task.part, task.marks, task.answered)
  const fields = asked.parts.find(({ dictionary }) => dictionary === wordsDictionary)?.fields ?? 0
  await checkTexts(reading, candidates, asked.text, fields, breathe)
  for (const [at, { root }] of segments.entries()) {
    const each = marks[at]
    if (each === undefined) continue
    for (const name of asked.cut)
      for (const ordinal of Array.from(root.cut[name]))
        each[ordinal] = Math.max(each[ordinal] ?? 0, mark.perhaps)
  }
  return marks
}

function tasksOf(segment: Segment, parts: readonly Part[], marks: Uint8Array): Task[] {
  return parts.map(part => {
    const probes = [...part.probes.all].sort((a, b) => b.text.length - a.text.length).slice(0, probesLimit)
    const all = segment.blocks.get(part.dictionary) ?? []
    const blocks = all.filter((_, at) => probes.some(probe => mayAnswer(all, at, probe)))
    return {
      segment,
      part: { ...part, probes: { ...part.probes, all: probes } },
      needles: probes.map(needleOf),
      blocks,
      marks,
      answered: new Uint16Array(marks.length),
    }
  })
}

/** Terms are in their order: where one begins with the probe's text is known without looking. */
function mayAnswer(blocks: readonly BlockPlace[], at: number, { how, text }: Probe): boolean {
  if (how === "contains" || how === "ends") return true
  const first = blocks[at]?.block.first ?? ""
  const following = blocks[at + 1]?.block.first
  if (following !== undefined && following <= text) return false
  return first <= text || (how === "starts" && first.startsWith(text))
}

/** Blocks whose bitmaps say that they hold no answer. */
async function leaveOut(reading: Reading, tasks: readonly Task[]): Promise<void> {
  const grams = new Map(tasks.map(task => [task, task.needles.map(({ bytes }) => gramsOf(bytes))]))
  const filtered = tasks.filter(task => grams.get(task)?.every(hashes => hashes.length > 0))
  if (sum(filtered, ({ blocks }) => sum(blocks, ({ terms }) => terms.length)) < reading.filterBytes) return
  const kept = new Map<Task, BlockPlace[]>(filtered.map(task => [task, []]))
  await readBatches(
    reading,
    filtered.flatMap(task => task.blocks.map(place => ({ task, place }))),
    ({ task, place }) => ({ segment: task.segment, kind: pageKind.grams, stretch: place.grams }),
    async ({ task, place }, bitmap) => {
      if (grams.get(task)?.some(hashes => mayHold(bitmap, hashes))) kept.get(task)?.push(place)
    },
  )
  for (const [task, blocks] of kept) task.blocks = blocks
}

function readTerms(reading: Reading, tasks: readonly Task[]): Promise<Buffer[]> {
  return read(
    reading,
    tasks.flatMap(({ segment, blocks }) =>
      blocks.map(({ terms }) => ({ segment, kind: pageKind.terms, stretch: terms })),
    ),
  )
}

/** A block with terms that answer: for each of its terms a bit for each probe. */
interface Hit {
  readonly task: Task
  readonly place: BlockPlace
  readonly probes: Uint16Array
}

interface WantedList {
  readonly task: Task
  readonly stretch: Stretch
  readonly probes: number
}

async function askBatch(
  reading: Reading,
  tasks: readonly Task[],
  frames: readonly Buffer[],
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  const hits: Hit[] = []
  const all = tasks.flatMap(task => task.blocks.map(place => ({ task, place })))
  for (const [at, { task, place }] of all.entries()) {
    const text = inSegment(task.segment, () => openTerms(frames[at] ?? Buffer.alloc(0)))
    const probes = scanBlock(task, place, text)
    if (probes !== undefined) hits.push({ task, place, probes })
    await breathe()
  }
  for (const batch of inBatches(hits, batchBytes, ({ place }) => place.info.length)) {
    const lists = await readHits(reading, batch, breathe)
    for (const some of inBatches(lists, batchBytes, ({ stretch }) => stretch.length))
      await readLists(reading, some, breathe)
  }
}

/** Marks the messages that are named there; the lists of others are to be read. */
async function readHits(
  reading: Reading,
  hits: readonly Hit[],
  breathe: () => Promise<void> | undefined,
): Promise<readonly WantedList[]> {
  const frames = await read(
    reading,
    hits.map(({ task, place }) => ({ segment: task.segment, kind: pageKind.info, stretch: place.info })),
  )
  const lists: WantedList[] = []
  for (const [at, hit] of hits.entries()) {
    inSegment(hit.task.segment, () => readHit(hit, frames[at] ?? Buffer.alloc(0), lists))
    await breathe()
  }
  return lists
}

async function readLists(
  reading: Reading,
  lists: readonly WantedList[],
  breathe: () => Promise<void> | undefined,
): Promise<void> {
  const found = await read(
    reading,
    lists.map(({ task, stretch }) => ({ segment: task.segment, kind: pageKind.lists, stretch })),
  )
  for (const [index, { task, probes }] of lists.entries()) {
    const bytes = found[index] ?? Buffer.alloc(0)
    inSegment(task.segment, () =>
      readPostings(bytes, 0, bytes.length, task.answered.length, ordinal => answer(task, ordinal, probes)),
    )
    await breathe()
  }
}

/** Undefined where no term answers. */
function scanBlock({ needles }: Task, { block }: BlockPlace, text: Buffer): Uint16Array | undefined {
  let probes: Uint16Array | undefined
  for (const [bit, needle] of needles.entries())
    scanTerms(text, needle, term => {
      probes ??= new Uint16Array(block.count)
      probes[term] = (probes[term] ?? 0) | (1 << bit)
    })
  return probes
}

function readHit({ task, place, probes }: Hit, frame: Buffer, lists: WantedList[]): void {
  const { answered, part } = task
  scanInfo(frame, probes, {
    one(term, field, ordinal) {
      if ((part.fields & (1 << field)) === 0) return
      if (ordinal >= answered.length) throw new DamagedIndexError("a posting beyond its segment")
      answer(task, ordinal, probes[term] ?? 0)
    },
    list(term, field, offset, length) {
      if ((part.fields & (1 << field)) === 0) return
      const stretch = { offset: place.lists.offset + offset, length }
      lists.push({ task, stretch, probes: probes[term] ?? 0 })
    },
  })
}

function answer({ answered }: Task, ordinal: number, probes: number): void {
  answered[ordinal] = (answered[ordinal] ?? 0) | probes
}

function settle({ probes }: Part, marks: Uint8Array, answered: Uint16Array): void {
  const all = allBits(probes)
  const found = probes.sure ? mark.sure : mark.perhaps
  for (let ordinal = 0; ordinal < marks.length; ordinal++)
    if (answered[ordinal] === all && (marks[ordinal] ?? 0) < found) marks[ordinal] = found
}

const allBits = (probes: Probes): number => 2 ** Math.min(probes.all.length, probesLimit) - 1

/** Messages that have all the words, of which the texts tell more. */
function candidatesOf({ segment, part, marks, answered }: Task): Candidates {
  const all = allBits(part.probes)
  const ordinals: number[] = []
  for (let ordinal = 0; ordinal < answered.length; ordinal++)
    if (answered[ordinal] === all) ordinals.push(ordinal)
  return {
    segment,
    ordinals,
    hit(ordinal) {
      marks[ordinal] = mark.sure
    },
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
