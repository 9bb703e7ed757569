import type { KeyAlgorithm } from "./key-record.ts"

/**
 * Names of keys: `lk`, the day (UTC), and the algorithm's first letter, `lk20261126e`; a second key of one day has its
 * number between, `lk20261126n2e`. A name is never used for another key: whoever kept an answer of the DNS would hold the
 * signatures of the one against the other.
 */
export function newSelector(algorithm: KeyAlgorithm, now: number, taken: ReadonlySet<string>): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "")
  for (let number = 1; ; number += 1) {
    const name = `lk${day}${number === 1 ? "" : `n${number}`}${algorithm.charAt(0)}`
    if (!taken.has(name)) return name
  }
}
