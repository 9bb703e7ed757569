import { randomBytes, randomFillSync } from "node:crypto"

/** Randomness fit for keys, as an argument: tests pass a seeded one. */
export interface Chance {
  /** `count` unpredictable bytes, at most 64 KiB a call. */
  bytes(count: number): Buffer
}

/** Up to this many bytes come from a stock: a nonce from the system costs as much as the sealing it is for. */
const fromStock = 64
const stock = Buffer.alloc(4096)
let used = stock.length

export const systemChance: Chance = {
  bytes(count) {
    if (count > fromStock) return randomBytes(count)
    if (used + count > stock.length) {
      randomFillSync(stock)
      used = 0
    }
    const taken = Buffer.alloc(count)
    // Octet by octet: for so few, `copy` and `fill` take six times as long.
    for (let at = 0; at < count; at += 1, used += 1) {
      taken[at] = stock[used] ?? 0
      // What was given out is in nobody's memory but the taker's.
      stock[used] = 0
    }
    return taken
  },
}
