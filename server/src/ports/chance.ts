import { randomBytes } from "node:crypto"

/** Randomness fit for keys, as an argument: tests pass a seeded one. */
export interface Chance {
  /** `count` unpredictable bytes, at most 64 KiB a call. */
  bytes(count: number): Buffer
}

export const systemChance: Chance = { bytes: count => randomBytes(count) }
