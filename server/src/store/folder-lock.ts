import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { StoreError } from "./store-error.ts"

/**
 * One server a folder. Node has neither flock nor fcntl; SQLite, which is part of it, takes an fcntl lock on its
 * file for `begin exclusive`. The kernel drops that lock with the process, however it dies, and sees it across
 * containers that share the folder, so there is no stale lock to tell from a live one. Nothing is ever written
 * into the file. It must not be opened by other means in this process: closing any descriptor of a file drops
 * all fcntl locks on it.
 */
export interface FolderLock {
  release(): void
}

export function lockFolder(folder: string): FolderLock {
  const path = join(folder, "lock")
  const pidPath = join(folder, "server.pid")
  const file = new DatabaseSync(path)
  try {
    file.exec("begin exclusive")
  } catch (error) {
    file.close()
    if (!isBusy(error)) throw error
    throw new StoreError(
      `another Letterkeep${holder(pidPath)} already serves ${folder}: stop it first, or give this one another data folder`,
      { temporary: false, code: "FOLDER_TAKEN" },
    )
  }
  chmodSync(path, 0o600)
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
  return {
    release() {
      file.close()
    },
  }
}

/** SQLITE_BUSY: https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5
}

function holder(pidPath: string): string {
  const pid = existsSync(pidPath) ? readFileSync(pidPath, "utf8").trim() : ""
  return /^\d+$/.test(pid) ? ` (process ${pid})` : ""
}
