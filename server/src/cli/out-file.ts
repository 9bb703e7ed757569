/**
 * A file that an answer is written into (`--out FILE`): for its owner alone, never over another one, and gone again
 * when the server refused or broke off.
 */
import { type FileHandle, open, rm } from "node:fs/promises"
import { UsageError } from "./usage-error.ts"

export interface OutFile {
  write(chunk: Uint8Array): Promise<void>
  /** Durable when it resolves. */
  keep(): Promise<void>
  drop(): Promise<void>
}

export async function openOutFile(path: string): Promise<OutFile> {
  const file: FileHandle = await open(path, "wx", 0o600).catch((cause: unknown) => {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST"
    throw new UsageError(isThere ? `${path} is there already` : `${path} cannot be written`, { cause })
  })
  return {
    write: async chunk => void (await file.writeFile(chunk)),
    async keep() {
      await file.sync()
      await file.close()
    },
    async drop() {
      await file.close()
      await rm(path)
    },
  }
}
