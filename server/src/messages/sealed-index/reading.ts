/** What a question is asked with, and how it reads: so much at once, the next while the last is worked on. */
import type { EmailId, Store } from "../../store/index.ts"
import type { VaultSession } from "../../vaults/index.ts"
import { inBatches } from "./batches.ts"
import type { PageCache } from "./page-cache.ts"
import { readStretches, type WantedStretch } from "./read-pages.ts"

export interface Reading {
  readonly store: Pick<Store, "ask" | "sql">
  readonly session: VaultSession
  readonly cache: PageCache
  readonly signal: AbortSignal | undefined
  /** See IndexLimits. */
  readonly filterBytes: number
  /** Is told of an entry that is there and does not open. */
  readonly onDamaged: (email: EmailId) => void
}

/** Octets of pages that are in memory at once for a question. */
export const batchBytes = 2 * 1024 * 1024

export function read(
  { store, session, cache }: Reading,
  wanted: readonly WantedStretch[],
): Promise<Buffer[]> {
  return readStretches(store, session, cache, wanted)
}

/** Stretches for `all`, a batch at a time; the next batch is read while `each` goes on with the one before. */
export async function readBatches<T>(
  reading: Reading,
  all: readonly T[],
  wantedOf: (one: T) => WantedStretch,
  each: (one: T, bytes: Buffer) => Promise<void>,
): Promise<void> {
  const batches = inBatches(all, batchBytes, one => wantedOf(one).stretch.length)
  const readBatch = (at: number): Promise<Buffer[]> => read(reading, (batches[at] ?? []).map(wantedOf))
  let next = readBatch(0)
  for (const [at, batch] of batches.entries()) {
    const found = await next
    next = readBatch(at + 1)
    // It may fail while this one is worked on; it is awaited in its turn.
    next.catch(() => undefined)
    for (const [index, one] of batch.entries()) await each(one, found[index] ?? Buffer.alloc(0))
  }
}
