import { type Stats, statSync } from "node:fs"
import { dirname } from "node:path"
import type { DatabaseUser } from "./database-user.ts"

/**
 * Whether a user without privileges may pass through every folder above `path`, by mode bits. Access lists that
 * grant more are not seen: the answer is then "no", which costs a copy and breaks nothing.
 */
export function canPassTo(path: string, user: DatabaseUser): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!canEnter(folder, user)) return false
    if (folder === dirname(folder)) return true
  }
}

/** Whether the user may pass through this one folder. */
export function canEnter(folder: string, user: DatabaseUser): boolean {
  return hasBit(statSync(folder), user, 0o1)
}

export function canRead(file: string, user: DatabaseUser): boolean {
  return hasBit(statSync(file), user, 0o4)
}

function hasBit(stats: Stats, user: DatabaseUser, bit: number): boolean {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0
  return (stats.mode & (bit << shift)) !== 0
}
