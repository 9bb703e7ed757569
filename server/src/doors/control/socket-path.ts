import { createHash } from "node:crypto"
import type { Stats } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

/** A Unix socket's path holds 107 bytes and a zero (unix(7)). */
export const socketPathLimit = 107

/**
 * Where the control socket of a data folder is. In the folder itself; where that makes too long a path, in a
 * private folder of the system's temporary one, named by the folder and its user.
 */
export function controlSocketPath(dataFolder: string): string {
  const inside = join(resolve(dataFolder), "run", "control.sock")
  if (Buffer.byteLength(inside) <= socketPathLimit) return inside
  const name = createHash("sha256").update(resolve(dataFolder)).digest("hex").slice(0, 16)
  return join(tmpdir(), `letterkeep-${process.getuid?.() ?? 0}-${name}`, "control.sock")
}

/**
 * Whether the folder of the control socket is one that passwords may go through. Below a folder that others may write
 * to, such as the system's temporary one, it must be our own and closed to others: anybody could have made it first.
 * Elsewhere it is ours or root's, and for root also that of whoever owns the data folder.
 */
export function isTrustedSocketFolder(
  folder: Pick<Stats, "uid" | "mode">,
  above: Pick<Stats, "uid" | "mode">,
): boolean {
  const user = process.geteuid?.()
  if (user === undefined) return true
  const isShared = (above.mode & 0o022) !== 0
  if (isShared) return folder.uid === user && (folder.mode & 0o077) === 0
  return folder.uid === user || folder.uid === 0 || (user === 0 && folder.uid === above.uid)
}
