import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { type House, openHouse } from "../fixtures/house.ts"
import { type RunningServer, startServer } from "../fixtures/server.ts"
import { makeTempFolder, removeFolder } from "../fixtures/temp-folder.ts"
import { startTestCluster } from "../server/src/store/test-store.ts"

/** Two Letterkeeps on one database: a copy of the same key file on both, nothing else shared. */
export interface TwoNodes {
  readonly first: House<"ada">
  readonly second: RunningServer
  close(): Promise<void>
}

export async function openTwoNodes(): Promise<TwoNodes> {
  const cluster = await startTestCluster()
  const folder = await makeTempFolder()
  let first: House<"ada"> | undefined
  let second: RunningServer | undefined
  const close = async () => {
    await second?.stop()
    await first?.close()
    await cluster.stop()
    await removeFolder(folder)
  }
  try {
    const keys = join(folder, "shared", "keys.json")
    await mkdir(join(folder, "shared"), { mode: 0o700 })
    first = await openHouse(["ada"], { databaseUrl: cluster.url, config: { keys: { file: keys } } })
    // another machine has a copy of the file, not the file
    const copy = join(folder, "copied", "keys.json")
    await mkdir(join(folder, "copied"), { mode: 0o700 })
    await copyFile(keys, copy)
    second = await startServer({ databaseUrl: cluster.url, config: { keys: { file: copy } } })
    return { first, second, close }
  } catch (error) {
    await close()
    throw error
  }
}
