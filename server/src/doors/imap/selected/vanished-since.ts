/**
 * VANISHED (EARLIER): which UIDs have gone since the client was last here (RFC 7162 §3.2.6, §3.2.10). Where the log of
 * changes does not reach back so far, every UID that is not there is told: the client takes what it does not know
 * for nothing.
 */
import type { MailboxChanges, UidRange } from "../../../messages/index.ts"
import type { Out } from "../handler.ts"

/** Of the UIDs in `asked` (ascending, apart from one another), up to `lastGiven`, which was ever given to a message. */
export function* vanishedSince(
  changes: Pick<MailboxChanges, "vanished" | "complete">,
  present: Uint32Array,
  asked: readonly UidRange[],
  lastGiven: number,
): Generator<UidRange> {
  const gone = changes.complete ? runsOf(changes.vanished) : gaps(present, lastGiven)
  let next = 0
  for (const { first, last } of gone) {
    while ((asked[next]?.last ?? Number.POSITIVE_INFINITY) < first) next++
    for (let index = next; ; index++) {
      const range = asked[index]
      if (range === undefined || range.first > last) break
      yield { first: Math.max(first, range.first), last: Math.min(last, range.last) }
    }
  }
}

/** Ascending UIDs, as ranges. */
export function* runsOf(ascending: readonly number[]): Generator<UidRange> {
  let first = 0
  let last = -1
  for (const uid of ascending) {
    if (uid !== last + 1) {
      if (last > 0) yield { first, last }
      first = uid
    }
    last = uid
  }
  if (last > 0) yield { first, last }
}

function* gaps(present: Uint32Array, lastGiven: number): Generator<UidRange> {
  let from = 1
  for (const uid of present) {
    if (uid > from) yield { first: from, last: uid - 1 }
    from = uid + 1
  }
  if (from <= lastGiven) yield { first: from, last: lastGiven }
}

/** Ranges in one response: a line stays within what clients read. */
const rangesAtOnce = 1_000

export async function tellVanished(
  name: "VANISHED" | "VANISHED (EARLIER)",
  out: Out,
  gone: Iterable<UidRange>,
): Promise<void> {
  let some: string[] = []
  const tell = async (): Promise<void> => {
    out.write(`* ${name} ${some.join(",")}\r\n`)
    some = []
    if (out.isFull) await out.drained()
  }
  for (const { first, last } of gone) {
    some.push(first === last ? `${first}` : `${first}:${last}`)
    if (some.length === rangesAtOnce) await tell()
  }
  if (some.length > 0) await tell()
}
