/**
 * Argon2id, at most four at once: each takes a core and 19 MiB. More wait in a queue with a bound;
 * whoever finds it full is told to come back.
 */
import { type Algorithm, hashRaw } from "@node-rs/argon2"
import { createWorkQueue } from "./work-queue.ts"

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
  const queue = createWorkQueue({ atOnce: AT_ONCE, waiting: MAX_WAITING })
  return {
    hash: (password, { memoryKiB, passes, lanes, salt }) =>
      queue.run(() =>
        hashRaw(password, {
          algorithm: argon2id,
          memoryCost: memoryKiB,
          timeCost: passes,
          parallelism: lanes,
          outputLen: ROOT_BYTES,
          salt: Buffer.from(salt, "hex"),
        }),
      ),
  }
}
