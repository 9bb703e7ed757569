/**
 * The entries of a file that was checked: what was found of each, and where they lie, in some two octets an entry. What
 * is to be shown is read from the file again, so that a history of any length fits into a browser.
 */
import type { ProvenEvent } from "../../../server/src/privacy/ledger/proof-file.ts"
import type { EventFault, EventVerdict } from "./check-proof.ts"
import { parseJson, type ReadEvent, readEvent } from "./read-proof-file.ts"

export interface Entries {
  readonly count: number
  readonly wrong: number
  verdictAt(at: number): EventVerdict
  /** Those from `from` up to `to`; undefined where the file is no longer what it was. Rejects where it cannot be read. */
  read(file: Blob, from: number, to: number): Promise<readonly ProvenEvent[] | undefined>
}

export interface GrowingEntries extends Entries {
  add(read: ReadEvent, verdict: EventVerdict): void
}

const faults = ["commitment", "inclusion", "order", "subject"] as const satisfies readonly EventFault[]
/** Of so many entries the place of the first is noted. */
const markedEach = 100
const blockEntries = 65_536

export function createEntries(): GrowingEntries {
  const blocks: Uint8Array[] = []
  const marks: number[] = []
  let [count, wrong, end] = [0, 0, 0]
  return {
    get count() {
      return count
    },
    get wrong() {
      return wrong
    },
    add({ from, to }, verdict) {
      if (count % blockEntries === 0) blocks.push(new Uint8Array(blockEntries))
      if (count % markedEach === 0) marks.push(from)
      const code = verdict.kind === "proven" ? 0 : 1 + faults.indexOf(verdict.why)
      blocks.at(-1)?.fill(code, count % blockEntries, (count % blockEntries) + 1)
      if (code !== 0) wrong++
      end = to
      count++
    },
    verdictAt(at) {
      const code = blocks[Math.floor(at / blockEntries)]?.[at % blockEntries] ?? 0
      const why = faults[code - 1]
      return why === undefined ? { kind: "proven" } : { kind: "wrong", why }
    },
    async read(file, from, to) {
      const first = Math.floor(from / markedEach)
      const slice = file.slice(marks[first] ?? end, marks[Math.ceil(to / markedEach)] ?? end)
      const listed = parseJson(`[${(await slice.text()).replace(/[\s,]+$/, "")}]`)
      if (!Array.isArray(listed)) return undefined
      const skipped = first * markedEach
      const events = listed.slice(from - skipped, to - skipped).map(readEvent)
      const read = events.filter(event => event !== undefined)
      return read.length === to - from ? read : undefined
    },
  }
}
