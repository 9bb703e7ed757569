import { setTimeout as pause } from "node:timers/promises"
import { StoreError } from "../store-error.ts"
import { isZombie, readPidFile, worksIn } from "./pid-file.ts"

const fastStopMs = 30_000
const immediateStopMs = 10_000
const lookEveryMs = 20

/**
 * Stops a Postgres that outlived its Letterkeep (which was killed), and gives its process id. The caller holds
 * the folder's lock, so nobody else can be using it. First a fast stop, which ends sessions and writes a
 * checkpoint; then an immediate one, which leaves recovery to the next start; then a kill.
 */
export async function stopLeftover(cluster: string): Promise<number | undefined> {
  const pid = readPidFile(cluster)?.pid
  if (pid === undefined) return undefined
  await untilReaped(pid)
  if (!worksIn(pid, cluster)) return undefined
  for (const [signal, limitMs] of [
    ["SIGINT", fastStopMs],
    ["SIGQUIT", immediateStopMs],
    ["SIGKILL", immediateStopMs],
  ] as const) {
    process.kill(pid, signal)
    if (await isGone(pid, cluster, limitMs)) return pid
  }
  throw new StoreError(`an older Postgres (process ${pid}) still holds ${cluster} and cannot be stopped`, {
    temporary: true,
  })
}

/**
 * A killed Postgres keeps its number until its parent, by then init, has looked; a new one takes that number in
 * `postmaster.pid` for a sign of life and refuses to start.
 */
async function untilReaped(pid: number): Promise<void> {
  for (let waited = 0; isZombie(pid) && waited < immediateStopMs; waited += lookEveryMs)
    await pause(lookEveryMs)
}

async function isGone(pid: number, cluster: string, limitMs: number): Promise<boolean> {
  for (let waited = 0; waited < limitMs; waited += lookEveryMs) {
    if (!worksIn(pid, cluster)) return true
    await pause(lookEveryMs)
  }
  return false
}
