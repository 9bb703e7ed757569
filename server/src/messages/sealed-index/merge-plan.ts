/** Which merge is due, if one is: pure, of what there is. */
import type { IndexLimits } from "./limits.ts"

export interface EntryThere {
  readonly email: number
  readonly bytes: number
  /** This session reads it. */
  readonly opens: boolean
}

export interface SegmentThere {
  readonly id: number
  /** Undefined: this session does not read it. */
  readonly level: number | undefined
  readonly lo: number
  readonly hi: number
  readonly docs: number
  /** Messages of it that have gone, and since when the first of them (milliseconds since 1970). */
  readonly gone: number
  readonly goneSince: number | undefined
}

export type Step =
  /** The entries from `first` to `last`, of which there are `count`, become a segment. */
  | {
      readonly kind: "build"
      readonly first: number
      readonly last: number
      readonly count: number
      readonly level: number
    }
  /** Segments that follow one another become one of `level`. One alone is rewritten without what has gone. */
  | { readonly kind: "merge"; readonly segments: readonly SegmentThere[]; readonly level: number }

/**
 * A run of entries with no segment among them, from the first such on. It is due when it is long, or when it will grow
 * no more: a segment lies behind it, an entry that does not open, or a message that the index lacks. Entries inside a
 * segment's range stay as they are: segments do not overlap. All lists ascending.
 */
export function planBuild(
  entries: readonly EntryThere[],
  segments: readonly Pick<SegmentThere, "lo" | "hi">[],
  lacking: readonly number[],
  { levels, entryBytes, fewEntries, manyEntries }: IndexLimits,
): Step | undefined {
  const most = levels[0] ?? 1
  const second = Math.min(1, levels.length - 1)
  const run: EntryThere[] = []
  let bytes = 0
  let at = 0
  let next = 0
  for (const entry of entries) {
    const before = at + next
    while ((segments[at]?.hi ?? Number.POSITIVE_INFINITY) < entry.email) at++
    while ((lacking[next] ?? Number.POSITIVE_INFINITY) < entry.email) next++
    const inside = (segments[at]?.lo ?? Number.POSITIVE_INFINITY) <= entry.email
    if ((at + next > before || inside || !entry.opens) && run.length > 0) return buildOf(run.slice(0, most))
    if (inside || !entry.opens) continue
    run.push(entry)
    bytes += entry.bytes
    if (run.length >= manyEntries) return buildOf(run, second)
    if (bytes >= entryBytes) return buildOf(run, run.length > most ? second : 0)
  }
  if (run.length >= Math.min(fewEntries, most)) return buildOf(run.slice(0, most))
  return at < segments.length || next < lacking.length ? buildOf(run) : undefined
}

function buildOf(run: readonly EntryThere[], level = 0): Step | undefined {
  const [first, last] = [run[0], run.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return { kind: "build", first: first.email, last: last.email, count: run.length, level }
}

/**
 * Segments that follow one another, of a level or of lower ones, become one of the next level. What is made is nearly
 * full or of many, and each message is written once a level at most. Then those are rewritten that hold too much of what
 * has gone. `outside`: messages that no segment holds; a merge across one of them would leave it inside of a segment's
 * range for good.
 */
export function planMerge(
  segments: readonly SegmentThere[],
  outside: readonly number[],
  limits: IndexLimits,
  now: number,
): Step | undefined {
  const { levels } = limits
  for (let level = 0; level + 1 < levels.length; level++) {
    const most = levels[level + 1] ?? 0
    let run: SegmentThere[] = []
    let docs = 0
    for (const segment of segments) {
      if (segment.level === undefined || segment.level > level) {
        run = []
        docs = 0
        continue
      }
      const last = run.at(-1)
      const isParted = last !== undefined && outside.some(email => email > last.hi && email < segment.lo)
      const isFull = docs + segment.docs > most
      if (isFull && !isParted && run.length > 1) return { kind: "merge", segments: run, level: level + 1 }
      if (isFull || isParted) {
        run = []
        docs = 0
      }
      run.push(segment)
      docs += segment.docs
      if (isDue(run, level, docs, limits)) return { kind: "merge", segments: run, level: level + 1 }
    }
  }
  return planRewrite(segments, limits, now)
}

/**
 * A fan of the level's own when they come to half of the next one's messages. Of small ones twice as many, whatever
 * their levels: else they would stay small, and nearly full ones of the level before would lie between them for good.
 */
function isDue(
  run: readonly SegmentThere[],
  level: number,
  docs: number,
  { levels, fan }: IndexLimits,
): boolean {
  if (run.length >= fan * 2) return true
  if (docs * 2 < (levels[level + 1] ?? 0)) return false
  return run.filter(each => each.level === level).length >= fan
}

function planRewrite(
  segments: readonly SegmentThere[],
  { goneShare, goneFor }: IndexLimits,
  now: number,
): Step | undefined {
  for (const segment of segments) {
    const { level, docs, gone, goneSince } = segment
    if (level === undefined || gone === 0) continue
    const isDue = gone * goneShare >= docs || (goneSince !== undefined && now - goneSince >= goneFor)
    if (isDue) return { kind: "merge", segments: [segment], level }
  }
  return undefined
}
