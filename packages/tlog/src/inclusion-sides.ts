/**
 * The way from a leaf to the root: on which side each hash of an inclusion proof stands. It needs no hashing, so
 * that whoever must hash in another manner (a browser, whose digests are promises) walks the same way.
 */
import { half, isOdd, isTreeSize } from "./tree-size.ts"

/** Where the hash of the proof stands: `left` means SHA-256(0x01 || proof || so far). */
export type Side = "left" | "right"

/** One side for each hash that the proof must have; undefined when the leaf is not in a tree of that size. */
export function inclusionSides(leaf: number, size: number): readonly Side[] | undefined {
  if (!isTreeSize(leaf) || !isTreeSize(size) || leaf >= size) return undefined
  const sides: Side[] = []
  let here = leaf // fn and sn of RFC 9162 §2.1.3.2
  let last = size - 1
  while (last > 0) {
    if (isOdd(here) || here === last) {
      sides.push("left")
      while (!isOdd(here) && here !== 0) {
        here = half(here)
        last = half(last)
      }
    } else sides.push("right")
    here = half(here)
    last = half(last)
  }
  return sides
}
