/**
 * Sizes and leaf numbers of a tree: whole numbers below 2^53, which a JavaScript number holds exactly. Its bit
 * operators know 32 bits only, so halving and powers are done by arithmetic here.
 */

/** No tree that we read or write has as many leaves as this. */
export const MAX_TREE_SIZE = 2 ** 53

export function isTreeSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

export function refuseBadSize(value: number, what: string): void {
  if (!isTreeSize(value)) throw new RangeError(`${what} is not a whole number from 0 to 2^53 - 1`)
}

export const isOdd = (value: number): boolean => value % 2 === 1
export const half = (value: number): number => Math.floor(value / 2)

/** The exponent of the largest power of two that is at most `value`, which is 1 or more. */
export function log2Floor(value: number): number {
  let exponent = 0
  for (let rest = half(value); rest > 0; rest = half(rest)) exponent += 1
  return exponent
}

/** k of RFC 6962 §2.1: the largest power of two smaller than `size`, which is 2 or more. */
export function splitPoint(size: number): number {
  return 2 ** log2Floor(size - 1)
}
