import { createHash } from "node:crypto"
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
