/** The response codes that hold sets, without their brackets. */
import { writeUidSet } from "./uid-set.ts"

/** RFC 9051 §7.1: where the messages of APPEND now are. `uids` ascend. */
export function appendUidCode(uidValidity: number, uids: readonly number[]): string {
  return `APPENDUID ${uidValidity} ${writeUidSet(uids)}`
}

/**
 * RFC 9051 §7.1: which message became which; `pairs` ascend by the old UID, and the new ones were given in that order.
 * Undefined for none: the code has no form for it.
 */
export function copyUidCode(
  uidValidity: number,
  pairs: readonly (readonly [from: number, to: number])[],
): string | undefined {
  if (pairs.length === 0) return undefined
  const from = writeUidSet(pairs.map(([old]) => old))
  return `COPYUID ${uidValidity} ${from} ${writeUidSet(pairs.map(([, now]) => now))}`
}

/** RFC 7162 §3.1.3: what UNCHANGEDSINCE left alone, by number or UID as the command named them. Ascending, at least one. */
export function modifiedCode(numbers: Iterable<number>): string {
  return `MODIFIED ${writeUidSet(numbers)}`
}
