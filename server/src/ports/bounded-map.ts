/**
 * A map that forgets the entry used longest ago when it is full. For what can be asked for again: caches and
 * counters that strangers may fill.
 */
export interface BoundedMap<K, V> {
  get(key: K): V | undefined
  /** Puts the entry as the newest; may forget the oldest. */
  set(key: K, value: V): void
  delete(key: K): void
  clear(): void
  values(): IterableIterator<V>
  readonly size: number
}

/** `limit` is the most entries it holds, at least 1. */
export function createBoundedMap<K, V>(limit: number): BoundedMap<K, V> {
  // A Map keeps the order of insertion: its first key is the one used longest ago.
  const entries = new Map<K, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= limit) return
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    },
    delete: key => void entries.delete(key),
    clear: () => entries.clear(),
    values: () => entries.values(),
    get size() {
      return entries.size
    },
  }
}
