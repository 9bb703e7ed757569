import { closeSync, constants, openSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import type { Log } from "../../ports/log.ts"
import { failure, own } from "../../ports/log-fields.ts"
import { lockFolder } from "../folder-lock.ts"
import { prepareCluster } from "./cluster.ts"
import { stopLeftover } from "./leftover.ts"
import { type Place, preparePlace } from "./place.ts"
import { type Postmaster, startPostmaster } from "./postmaster.ts"
import { type Program, prepareProgram } from "./program.ts"

/**
 * Letterkeep's own Postgres: made at the first start, recovered at the next after a kill, started again with
 * back-off when it dies while we live. While it is down, queries fail with a temporary StoreError.
 */
export interface EmbeddedPostgres {
  /** Path of the socket to connect to; at most 107 bytes. */
  readonly socket: string
  /** Where the data and the WAL lie, for `room()`. */
  readonly folder: string
  /** The process now, or the last one that ran. */
  pid(): number
  stop(): Promise<void>
  /** For a process that ends at once. */
  quit(): void
}

const firstWaitMs = 100
const longestWaitMs = 10_000
/** unix(7): sun_path holds 108 bytes with its NUL. */
const socketPathLimit = 107
const socketName = ".s.PGSQL.5432"

/** `dataFolder` exists, is a real path, and its lock is held. */
export async function startEmbedded(dataFolder: string, log: Log): Promise<EmbeddedPostgres> {
  const place = preparePlace(dataFolder)
  // A copied data folder may link to the same database part: that has its own lock.
  const lock = lockFolder(place.folder)
  const socket = shortSocketPath(place.run)
  try {
    if (place.elsewhere) log.event("store.placed-elsewhere", { folder: own(place.folder) })
    const program = prepareProgram(place)
    if (place.user !== undefined) {
      log.event("store.user-chosen", { user: own(place.user.name), copied: program.copied })
    }
    const oldPid = await stopLeftover(place.cluster)
    if (oldPid !== undefined) log.event("store.recovered", { oldPid })
    await prepareCluster(place, program)
    const first = await startPostmaster(place, program)
    const supervised = supervise(place, program, first, log)
    return {
      socket: socket.path,
      folder: place.cluster,
      pid: supervised.pid,
      quit: supervised.quit,
      async stop() {
        await supervised.stop()
        socket.close()
        lock.release()
      },
    }
  } catch (error) {
    socket.close()
    lock.release()
    throw error
  }
}

function supervise(place: Place, program: Program, first: Postmaster, log: Log) {
  const stopping = new AbortController()
  let current = first
  const watch = async (): Promise<void> => {
    for (let waitMs = firstWaitMs; !stopping.signal.aborted; ) {
      const startedAt = performance.now()
      const end = await current.ended
      if (stopping.signal.aborted) return
      log.event("store.exited", { code: end.code ?? -1, signal: own(end.signal ?? "") })
      if (performance.now() - startedAt > longestWaitMs) waitMs = firstWaitMs
      // Its children may hold the shared memory for a moment longer; the next start fails until they are gone.
      for (let up = false; !up && !stopping.signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
        await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        if (stopping.signal.aborted) return
        up = await startPostmaster(place, program).then(
          next => {
            current = next
            log.event("store.restarted", { pid: next.pid })
            return true
          },
          (error: unknown) => {
            log.event("store.start-failed", { error: failure(error) })
            return false
          },
        )
      }
    }
  }
  const watching = watch()
  return {
    pid: () => current.pid,
    quit: () => current.quit(),
    async stop() {
      stopping.abort()
      await current.stop()
      await watching
      // A start that was under way when the stop came.
      await current.stop()
    },
  }
}

/**
 * A deep data folder makes a path that no socket address can hold. Its folder is then held open and reached
 * through /proc/self/fd, which is short; only this process connects.
 */
function shortSocketPath(run: string): { path: string; close(): void } {
  const path = join(run, socketName)
  if (Buffer.byteLength(path) <= socketPathLimit) return { path, close: () => undefined }
  const descriptor = openSync(run, constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: `/proc/self/fd/${descriptor}/${socketName}`, close: () => closeSync(descriptor) }
}
