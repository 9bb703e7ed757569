import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { StoreError } from "../store-error.ts"
import { asUser } from "./cluster.ts"
import { readPidFile } from "./pid-file.ts"
import type { Place } from "./place.ts"
import type { Program } from "./program.ts"

/** One run of Postgres. */
export interface Postmaster {
  readonly pid: number
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  /** Fast stop; after its limit an immediate one. */
  stop(): Promise<void>
  /** For a process that ends without time for more: immediate stop, recovery at the next start. */
  quit(): void
}

const lookEveryMs = 10
/** Recovery after a kill reads up to two checkpoints' worth of WAL: seconds, minutes on a slow disk. */
const startLimitMs = 15 * 60_000
const fastStopMs = 60_000
const logLimitBytes = 1024 * 1024

/** Starts Postgres and resolves when it takes connections. */
export async function startPostmaster(place: Place, program: Program): Promise<Postmaster> {
  const log = openLog(place)
  let child: ChildProcess
  try {
    // In a session of its own: a Ctrl-C on the terminal is for Letterkeep, which then stops its database last.
    child = spawn(
      program.postgres,
      ["-D", place.cluster, "-c", `config_file=${join(place.folder, "postgresql.conf")}`],
      {
        env: program.env,
        cwd: "/",
        stdio: ["ignore", log, log],
        detached: true,
        ...asUser(place.user),
      },
    )
  } finally {
    closeSync(log)
  }
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once("exit", (code, signal) => resolve({ code, signal }))
    child.once("error", reject)
  })
  const state: { over: boolean } = { over: false }
  const watched = ended.then(
    end => {
      state.over = true
      return end
    },
    (error: unknown) => {
      state.over = true
      throw new StoreError("Postgres cannot be run", { temporary: false, cause: error })
    },
  )
  watched.catch(() => undefined)
  for (let waited = 0; !isReady(place, child.pid); waited += lookEveryMs) {
    if (state.over) {
      await watched
      throw new StoreError(`Postgres did not start: ${lastWords(place)}`, { temporary: true })
    }
    if (waited > startLimitMs) {
      child.kill("SIGQUIT")
      throw new StoreError("Postgres did not get ready in time", { temporary: true })
    }
    await pause(lookEveryMs)
  }
  // Ours to stop, but no reason by itself to keep the process: tests end by having nothing more to do.
  child.unref()
  return {
    pid: child.pid ?? 0,
    ended: watched,
    async stop() {
      if (state.over) return
      child.ref()
      child.kill("SIGINT")
      const timer = setTimeout(() => child.kill("SIGQUIT"), fastStopMs)
      await watched
      clearTimeout(timer)
    },
    quit() {
      if (!state.over) child.kill("SIGQUIT")
    },
  }
}

function isReady(place: Place, pid: number | undefined): boolean {
  const file = readPidFile(place.cluster)
  return file !== undefined && file.pid === pid && file.ready
}

/** Opened by us and handed to Postgres: start, stop and crash lines, no data. */
function openLog(place: Place): number {
  if ((statSync(place.log, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes) truncateSync(place.log)
  const descriptor = openSync(place.log, "a", 0o600)
  return descriptor
}

function lastWords(place: Place): string {
  const lines = readFileSync(place.log, "utf8").trimEnd().split("\n").slice(-3)
  return lines
    .map(line => line.replace(/^\S+ \S+ \S+ /, ""))
    .join("; ")
    .slice(0, 500)
}
