/** Asks all queries of each kind, in fresh sessions and again in a warm one. */
import type { Where } from "../imap/connection.ts"
import type { ImapSide } from "../imap/side.ts"
import type { Client } from "../imap/start-client.ts"
import { cpuSeconds, watchMemory } from "../measure/process-tree.ts"
import type { Kind } from "./queries.ts"

export interface Searched {
  readonly kind: Kind
  /** Milliseconds of each query. */
  readonly fresh: readonly number[]
  readonly warm: readonly number[]
  /** UIDs found by each query, as the server wrote them. */
  readonly found: readonly string[]
  /** CPU seconds of the process trees for a warm query. */
  readonly cpu: number
  /** Peak, proportional share, MB. */
  readonly memory: number
}

export async function search(
  side: ImapSide,
  client: Client,
  where: Where,
  kinds: readonly Kind[],
): Promise<readonly Searched[]> {
  const pids = side.trees.map(({ pid }) => pid)
  const results: Searched[] = []
  for (const kind of kinds) {
    const memory = watchMemory(pids)
    const ask = (commands: readonly string[], fresh: boolean) =>
      client.run({ kind: "once", where, fresh, commands })
    const fresh = await ask(kind.queries, true)
    const cpu = cpuSeconds(pids)
    const { latencies } = await ask([...kind.queries, ...kind.queries], false)
    const count = kind.queries.length
    results.push({
      kind,
      fresh: fresh.latencies,
      warm: latencies.slice(count),
      found: fresh.answers.map(uidsOf),
      cpu: (cpuSeconds(pids) - cpu) / (2 * count),
      memory: memory.stop() / 1e6,
    })
  }
  return results
}

function uidsOf(answer: string): string {
  const line = /^\* SEARCH([ 0-9]*)\r?$/m.exec(answer)
  if (line === null) throw new Error(`no SEARCH response, but ${answer.slice(0, 200)}`)
  return (line[1] ?? "").trim()
}
