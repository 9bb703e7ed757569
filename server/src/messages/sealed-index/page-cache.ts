/** Opened pages kept in memory: so many octets for each session, and for all together. */
import type { IndexLimits } from "./limits.ts"

export interface PageCache {
  get(name: string): Buffer | undefined
  /**
   * Forgets those used longest ago where there is no room; one of a scan is then not kept itself: what is read from end
   * to end would push itself out each time.
   */
  set(name: string, page: Buffer, ofScan?: boolean): void
  /** Pages that somebody has asked for already, on their way. */
  readonly coming: Map<string, Promise<Buffer>>
  clear(): void
}

export interface CacheRoom {
  open(): PageCache
  readonly bytes: number
}

export function createCacheRoom(
  limits: Pick<IndexLimits, "sessionCacheBytes" | "processCacheBytes">,
): CacheRoom {
  let all = 0
  return {
    get bytes() {
      return all
    },
    open() {
      // A Map keeps the order of insertion: its first entry is the one used longest ago.
      const pages = new Map<string, Buffer>()
      let mine = 0
      const drop = (name: string, page: Buffer): void => {
        pages.delete(name)
        mine -= page.length
        all -= page.length
      }
      return {
        coming: new Map(),
        get(name) {
          const page = pages.get(name)
          if (page === undefined) return undefined
          pages.delete(name)
          pages.set(name, page)
          return page
        },
        set(name, page, ofScan = false) {
          const before = pages.get(name)
          if (before !== undefined) drop(name, before)
          for (const [oldest, old] of pages) {
            const fits =
              mine + page.length <= limits.sessionCacheBytes && all + page.length <= limits.processCacheBytes
            if (fits || ofScan) break
            drop(oldest, old)
          }
          if (mine + page.length > limits.sessionCacheBytes || all + page.length > limits.processCacheBytes)
            return
          pages.set(name, page)
          mine += page.length
          all += page.length
        },
        clear() {
          for (const [name, page] of pages) drop(name, page)
        },
      }
    },
  }
}
