import { readFileSync, readlinkSync } from "node:fs"
import { basename, join } from "node:path"

/** What Postgres writes into `postmaster.pid`: the process, and from line 8 on how far it is. */
export interface PidFile {
  readonly pid: number
  readonly ready: boolean
}

export function readPidFile(cluster: string): PidFile | undefined {
  let text: string
  try {
    text = readFileSync(join(cluster, "postmaster.pid"), "utf8")
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const lines = text.split("\n")
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined
  return { pid, ready: lines[7]?.trim() === "ready" }
}

/**
 * Whether the process is a Postgres at work in this cluster: Postgres makes the cluster its working folder, so
 * a process that was given the same number later does not pass for it. One that we may not look at is another user's.
 */
export function worksIn(pid: number, cluster: string): boolean {
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, "")
    return program === "postgres" && readlinkSync(`/proc/${pid}/cwd`) === cluster
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return false
    throw error
  }
}

/** Ended, but not yet looked at by its parent. */
export function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z")
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")
}
