import { rm } from "node:fs/promises"
import { writeWhole } from "./ports/write-whole.ts"

/** What programs that start a server want to know: where it listens, once it does. */
export interface Ready {
  /** `host:port` for each open door. */
  readonly addresses: Readonly<Record<string, string>>
  /** The one-time link of the first run, while there is nobody. */
  readonly setup: string | undefined
  readonly pid: number
  /** Our own Postgres, where it is ours. */
  readonly databasePid: number | undefined
}

/** Appears whole or not at all. It may hold the one-time link, so only its owner may read it. */
export async function writeReadyFile(path: string, ready: Ready): Promise<void> {
  const { addresses, setup, pid, databasePid } = ready
  const content = {
    ...addresses,
    ...(setup === undefined ? {} : { setup }),
    pid,
    ...(databasePid === undefined ? {} : { database: { pid: databasePid } }),
  }
  await writeWhole(path, `${JSON.stringify(content)}\n`)
}

/** One that an earlier run left says nothing of this one. */
export async function removeReadyFile(path: string): Promise<void> {
  await rm(path, { force: true })
}
