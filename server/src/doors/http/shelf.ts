import type { Clock } from "../../ports/clock.ts"
import { createPace } from "./pace.ts"
import { packedForms, type StoredAnswer, sizeOf, storedAnswer } from "./stored-answer.ts"

/**
 * Pages that anybody may ask for before they have signed in, each made once and then kept. Making them costs the
 * process some milliseconds, and whoever asks for ever others of them could keep it at nothing else: so a shelf makes
 * few of them at once, so many in a second, and holds so many and so many octets of them, the ones asked for last.
 * What is beyond that is `busy`, and the page is there a little later.
 *
 * A key has to name all that a page is made from: what is kept under it is never made again.
 */
export interface Shelf {
  /** `make` gives nothing where there is no such page: that is kept too. Rejects as `make` does, and keeps nothing then. */
  take(key: string, make: () => Promise<Made | undefined>): Promise<Taken>
}

export interface Made {
  readonly text: string
  readonly type: string
  /** It is not kept: whoever asks next has it made again. */
  readonly isPassing?: true
}

export type Taken =
  | { readonly kind: "found"; readonly answer: StoredAnswer }
  | { readonly kind: "none" }
  | { readonly kind: "busy" }

export interface ShelfLimits {
  /** Pages that are kept. */
  readonly pages: number
  /** Octets of all that are kept, compressed forms included. */
  readonly octets: number
  /** Pages that are being made. */
  readonly atOnce: number
  /** Pages that may be made in a second for a long time; `burst`: one after the other, after a pause. */
  readonly perSecond: number
  readonly burst: number
}

export function createShelf(clock: Clock, limits: ShelfLimits): Shelf {
  const kept = createKept(limits)
  const underWay = new Map<string, Promise<Taken>>()
  const pace = createPace(clock, limits)

  async function make(key: string, work: () => Promise<Made | undefined>): Promise<Taken> {
    try {
      const made = await work()
      const taken = await stored(made)
      if (made?.isPassing !== true) kept.put(key, taken)
      return taken
    } finally {
      underWay.delete(key)
    }
  }

  return {
    async take(key, work) {
      const found = kept.get(key)
      if (found !== undefined) return found
      const before = underWay.get(key)
      if (before !== undefined) return await before
      if (underWay.size >= limits.atOnce || !pace.take()) return { kind: "busy" }
      const making = make(key, work)
      underWay.set(key, making)
      return await making
    },
  }
}

type Keepable = Exclude<Taken, { readonly kind: "busy" }>

async function stored(made: Made | undefined): Promise<Keepable> {
  if (made === undefined) return { kind: "none" }
  const body = Buffer.from(made.text, "utf8")
  const answer = storedAnswer({ body, type: made.type, packed: await packedForms(body) })
  return { kind: "found", answer }
}

/** Octets that an entry takes besides its page. */
const entryOctets = 256

function createKept({ pages, octets }: ShelfLimits) {
  // A Map keeps the order of insertion: its first key is the one asked for longest ago.
  const entries = new Map<string, Keepable>()
  let held = 0
  const drop = (key: string): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    held -= costOf(entry)
  }
  return {
    get(key: string): Keepable | undefined {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry
    },
    put(key: string, entry: Keepable): void {
      drop(key)
      entries.set(key, entry)
      held += costOf(entry)
      for (const oldest of entries.keys()) {
        if (entries.size <= pages && held <= octets) break
        drop(oldest)
      }
    },
  }
}

function costOf(entry: Keepable): number {
  return entryOctets + (entry.kind === "found" ? sizeOf(entry.answer) : 0)
}
