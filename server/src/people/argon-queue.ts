/**
 * Argon2id, at most four at once: each takes a core and 19 MiB. More wait in a queue with a bound;
 * whoever finds it full is told to come back.
 */
import { type Algorithm, hashRaw } from "@node-rs/argon2"

const AT_ONCE = 4
const MAX_WAITING = 64
const ROOT_BYTES = 32
// The package's enum is `const`: its value cannot be read under isolated modules. 2 is Argon2id.
const argon2id: Algorithm = 2

export interface ArgonCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  /** Hexadecimal. */
  readonly salt: string
}

export interface ArgonQueue {
  /** 32 bytes, or undefined when the queue is full. */
  hash(password: string, cost: ArgonCost): Promise<Buffer | undefined>
}

export function createArgonQueue(): ArgonQueue {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    async hash(password, { memoryKiB, passes, lanes, salt }) {
      if (running >= AT_ONCE) {
        if (waiting.length >= MAX_WAITING) return undefined
        await new Promise<void>(resume => waiting.push(resume))
      } else {
        running += 1
      }
      try {
        return await hashRaw(password, {
          algorithm: argon2id,
          memoryCost: memoryKiB,
          timeCost: passes,
          parallelism: lanes,
          outputLen: ROOT_BYTES,
          salt: Buffer.from(salt, "hex"),
        })
      } finally {
        // The place goes to the next in line, or is given up.
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
