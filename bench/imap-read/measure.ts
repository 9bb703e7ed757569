/** One run of one kind of work against one side: rate, CPU, memory, latency. */
import type { Where } from "../imap/connection.ts"
import type { ImapSide } from "../imap/side.ts"
import type { Client } from "../imap/start-client.ts"
import { cpuSeconds, watchMemory } from "../measure/process-tree.ts"
import { quantile } from "../measure/quantile.ts"
import type { Work } from "./works.ts"

export interface Measured {
  /** Lists or bodies a second. */
  readonly rate: number
  /** CPU seconds of the process trees for 1,000 of them. */
  readonly cpu: number
  /** Milliseconds of a command. */
  readonly p50: number
  readonly p99: number
  /** Peak, proportional share, MB. */
  readonly memory: number
  /** CPU of the client, in cores: near 1, it is the client that is measured. */
  readonly client: number
  /** Octets of one list or body on the wire. */
  readonly octets: number
}

export async function measure(
  side: ImapSide,
  client: Client,
  where: Where,
  work: Work,
  seconds: number,
): Promise<Measured> {
  const pids = side.trees.map(({ pid }) => pid)
  const memory = watchMemory(pids)
  const before = cpuSeconds(pids)
  const { connections, window, commands } = work
  const milliseconds = seconds * 1_000
  const done = await client.run({ kind: "repeat", where, connections, milliseconds, window, commands })
  const cpu = cpuSeconds(pids) - before
  const count = done.count * work.perCommand
  return {
    rate: (count / done.elapsed) * 1_000,
    cpu: (cpu / count) * 1_000,
    p50: quantile(done.latencies, 0.5),
    p99: quantile(done.latencies, 0.99),
    memory: memory.stop() / 1e6,
    client: (done.cpu / done.elapsed) * 1_000,
    octets: done.octets / count,
  }
}
