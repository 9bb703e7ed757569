import { lstat, mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { isTrustedSocketFolder } from "./socket-path.ts"

/** The control socket would lie where somebody else could take its place. */
export class SocketFolderError extends Error {
  override readonly name = "SocketFolderError"
  readonly temporary = false
}

/**
 * Makes the folder of the control socket, 0700, or takes the one that is there, if passwords may go through it: see
 * socket-path.ts.
 */
export async function claimSocketFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [found, above] = await Promise.all([lstat(folder), lstat(dirname(folder))])
  if (!found.isDirectory()) throw new SocketFolderError(`${folder} is no folder: remove it and start again`)
  if (!isTrustedSocketFolder(found, above))
    throw new SocketFolderError(
      `${folder} is not this user's own, or open to others: who made it? Remove it and start again, or use a data folder with a shorter path`,
    )
}
