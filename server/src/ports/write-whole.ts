import { constants } from "node:fs"
import { open, readdir, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { systemChance } from "./chance.ts"

const randomBytes = 8
const randomEnd = /^\.[0-9a-f]{16}\.new$/

/**
 * Replaces a file, or makes it, 0600. It is written to a new file beside it, flushed, renamed over the old one, and
 * the folder flushed: after a crash either the old or the new one is there, whole. The new file's name cannot be
 * foretold and must be free: nobody can put a link or a file of his own there. What a crash left of an earlier one is
 * removed, so there is one writer of a path at a time.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await removeLeftovers(folder, basename(path))
  const fresh = `${path}.${systemChance.bytes(randomBytes).toString("hex")}.new`
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const file = await open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await flushFolder(folder)
}

/** One that does not go is another user's, in a folder for all: no secret of ours. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const each of await readdir(folder)) {
    if (!each.startsWith(name) || !randomEnd.test(each.slice(name.length))) continue
    await rm(join(folder, each), { force: true }).catch(() => undefined)
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
