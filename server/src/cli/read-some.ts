import { open } from "node:fs/promises"
import { UsageError } from "./usage-error.ts"

/** A file of at most `limit` octets; `what` it should be is said where it is larger. Throws UsageError. */
export async function readSome(path: string, limit: number, what: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      if (size > limit) throw new UsageError(`${path} is too long to be ${what}`)
      // One octet of room more: a file may grow, or have no size of its own.
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size > 0 ? size + 1 : limit + 1),
        position: 0,
      })
      if (bytesRead > limit) throw new UsageError(`${path} is too long to be ${what}`)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    const reason = cause instanceof Error ? cause.message : "no reason was given"
    throw new UsageError(`${path} cannot be read: ${reason}`, { cause })
  }
}
