/**
 * What one session knows of its account's index, and how it keeps to it: work runs on one list of segments, and runs
 * again on the next one when a merge has come between. Segments that turn out to be damaged are dropped on the way.
 */
import type { EmailId } from "../../store/index.ts"
import { VaultError } from "../../vaults/index.ts"
import { countMessages, dropStrayTombstones, findUncovered } from "./audit.ts"
import { DamagedSegmentError } from "./damaged-index-error.ts"
import type { PageCache } from "./page-cache.ts"
import { holdStill, type SessionParts } from "./parts.ts"
import { MissingPageError } from "./read-pages.ts"
import { dropSegments } from "./rebuild.ts"
import { emptyList, readSegmentList, type SegmentList } from "./segment-list.ts"

/** The list that was worked on is not the one that there is: thrown by work, to be run again. */
export class StaleListError extends Error {
  override readonly name = "StaleListError"
  readonly temporary = true
}

/** Tries until merges are held up for the last one. */
const freeTries = 4
const tries = 8

export interface IndexState {
  /** Throws VaultError `session-closed`. */
  consistently<T>(work: (list: SegmentList) => Promise<T>): Promise<T>
  /**
   * Messages that neither the list nor the entries beside it hold, ascending; found when first asked for. Throws
   * StaleListError.
   */
  uncovered(list: SegmentList): Promise<readonly EmailId[]>
  /** An entry that is there and damaged. */
  damaged(email: EmailId): void
  /** What has to be made again: all of these. */
  toMend(): Promise<readonly EmailId[]>
  /** Tried: some of them may be in the index now. */
  mended(emails: readonly EmailId[]): void
  refresh(): Promise<SegmentList>
  close(): void
}

/** `onDamage`: there is something to make again. */
export function createIndexState(parts: SessionParts, cache: PageCache, onDamage: () => void): IndexState {
  const { store, session, log } = parts
  const { account } = session
  let list = emptyList
  let refreshing: Promise<SegmentList> | undefined
  let audited: { readonly version: number; readonly uncovered: Promise<readonly EmailId[]> } | undefined
  const broken = new Set<EmailId>()

  function refuseClosed(): void {
    if (session.closed) throw new VaultError("session-closed", "the session has ended")
  }

  /** Those who ask together get one answer. */
  function refresh(): Promise<SegmentList> {
    refreshing ??= readSegmentList(store, session, list)
      .then(async found => {
        const damaged = found.segments.filter(({ kind }) => kind === "damaged").map(({ id }) => id)
        if (damaged.length > 0) await drop(damaged)
        list = damaged.length > 0 ? await readSegmentList(store, session, found) : found
        return list
      })
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  async function drop(segments: readonly number[]): Promise<void> {
    // Whoever holds the lease may go on for long: the next round tries again, and until then what was in them is missing.
    if (!(await dropSegments(parts, account, segments))) return
    log.event("index.damaged", { segments: segments.length, messages: 0 })
    onDamage()
  }

  async function audit(worked: SegmentList): Promise<readonly EmailId[]> {
    if (await isAll(worked)) return []
    const found = await findUncovered(store, account, worked)
    if (await isAll(worked)) return []
    await dropStrayTombstones(store, account)
    if (found.length > 0) {
      log.event("index.damaged", { segments: 0, messages: found.length })
      onDamage()
    }
    return found
  }

  async function isAll(worked: SegmentList): Promise<boolean> {
    const { version, addsUp } = await countMessages(store, account)
    if (version !== worked.version) throw new StaleListError("a merge came between")
    // What a damaged segment counts, it does not hold.
    return addsUp && !worked.segments.some(({ kind }) => kind === "damaged")
  }

  function uncovered(worked: SegmentList): Promise<readonly EmailId[]> {
    if (audited?.version !== worked.version) {
      const mine = { version: worked.version, uncovered: audit(worked) }
      audited = mine
      mine.uncovered.catch(() => {
        if (audited === mine) audited = undefined
      })
    }
    return audited.uncovered
  }

  /** Whether to go on with a fresh list. */
  async function recover(error: unknown, worked: SegmentList): Promise<boolean> {
    if (error instanceof StaleListError) return true
    if (error instanceof MissingPageError) {
      // Its segment has been merged away, or the page has been lost.
      if ((await refresh()).version === worked.version) await drop([error.segment])
      return true
    }
    if (!(error instanceof DamagedSegmentError)) return false
    await drop([error.segment])
    return true
  }

  async function attempt<T>(work: (list: SegmentList) => Promise<T>, count: number): Promise<T> {
    if (count < freeTries) return await work(list.version === -1 || count > 0 ? await refresh() : list)
    return await store.transaction(async tx => {
      await holdStill(tx, account)
      return await work(await refresh())
    })
  }

  async function consistently<T>(work: (list: SegmentList) => Promise<T>): Promise<T> {
    for (let count = 0; ; count++) {
      refuseClosed()
      const worked = list
      try {
        return await attempt(work, count)
      } catch (error) {
        if (count >= tries || !(await recover(error, worked))) throw error
      }
    }
  }

  return {
    consistently,
    uncovered,
    damaged(email) {
      broken.add(email)
      onDamage()
    },
    async toMend() {
      const lacking = await consistently(uncovered)
      return [...new Set([...lacking, ...broken])].sort((a, b) => a - b)
    },
    mended(emails) {
      for (const email of emails) broken.delete(email)
      audited = undefined
    },
    refresh,
    close() {
      list = emptyList
      audited = undefined
      broken.clear()
      cache.clear()
    },
  }
}
