/**
 * PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2) in the thread pool: a millisecond or two each, a few at once, and a bound on
 * those that wait. For app passwords alone: what is guessable takes Argon2id.
 */
import { pbkdf2 } from "node:crypto"
import { promisify } from "node:util"
import { createWorkQueue } from "./work-queue.ts"

const AT_ONCE = 4
const MAX_WAITING = 256
const KEY_BYTES = 32
const derive = promisify(pbkdf2)

export interface StretchQueue {
  /** 32 bytes, or undefined when the queue is full. `salt` in hexadecimal. */
  stretch(
    secret: string,
    cost: { readonly salt: string; readonly iterations: number },
  ): Promise<Buffer | undefined>
}

export function createStretchQueue(): StretchQueue {
  const queue = createWorkQueue({ atOnce: AT_ONCE, waiting: MAX_WAITING })
  return {
    stretch: (secret, { salt, iterations }) =>
      queue.run(() => derive(secret, Buffer.from(salt, "hex"), iterations, KEY_BYTES, "sha256")),
  }
}
