import { lstat, mkdir } from "node:fs/promises"
import { dirname } from "node:path"

/** The control socket would lie where somebody else could take its place. */
export class SocketFolderError extends Error {
  override readonly name = "SocketFolderError"
  readonly temporary = false
}

/**
 * Makes the folder of the control socket, 0700, or takes the one that is there. Passwords go through that socket, so
 * below a folder that everybody may write to (the system's temporary one, see socket-path.ts) it must be our own and
 * closed to others: anybody could have made it before us.
 */
export async function claimSocketFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [found, above] = await Promise.all([lstat(folder), lstat(dirname(folder))])
  if (!found.isDirectory()) throw new SocketFolderError(`${folder} is no folder: remove it and start again`)
  const isShared = (above.mode & 0o022) !== 0
  const isOurs = found.uid === process.geteuid?.() && (found.mode & 0o077) === 0
  if (isShared && !isOurs)
    throw new SocketFolderError(
      `${folder} is not this user's own, or open to others: who made it? Remove it and start again, or use a data folder with a shorter path`,
    )
}
