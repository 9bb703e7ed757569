/** Waiting for work that a server does by itself after it has answered: writing back, merging an index. */
import { setTimeout as wait } from "node:timers/promises"
import { cpuSeconds } from "../measure/process-tree.ts"
import { Connection, type Where } from "./connection.ts"
import type { ImapSide } from "./side.ts"

/** Less than this share of a core for so many seconds in a row is rest. */
const restShare = 0.03
const restSeconds = 3
/** Seconds after which a server that finds no rest is taken as it is. */
const patience = 7_200

/** With one session open all the while: Letterkeep opens an index in live sessions only. False: it found no rest. */
export async function settle(side: ImapSide, where: Where): Promise<boolean> {
  const connection = await Connection.open(where)
  const pids = side.trees.map(({ pid }) => pid)
  let calm = 0
  for (let second = 0; second < patience && calm < restSeconds; second += 1) {
    const before = cpuSeconds(pids)
    await wait(1_000)
    calm = cpuSeconds(pids) - before < restShare ? calm + 1 : 0
  }
  await connection.close()
  return calm >= restSeconds
}
