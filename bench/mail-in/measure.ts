/** One run of load against one side: rate, CPU, memory, latency. */
import { setTimeout as wait } from "node:timers/promises"
import { cpuSeconds, watchMemory } from "../measure/process-tree.ts"
import { quantile } from "../measure/quantile.ts"
import type { Generator } from "./generator.ts"
import type { LoadOrder } from "./load-protocol.ts"
import type { Side } from "./side.ts"

export interface Measured {
  /** Messages a second until the last was in its mailbox. */
  readonly rate: number
  /** Messages a second until the last 250. */
  readonly acceptedRate: number
  /** CPU seconds of the process trees for 1,000 delivered, work after the last delivery included. */
  readonly cpu: number
  /** The same for each program of the side. */
  readonly cpuOf: Readonly<Record<string, number>>
  readonly p50: number
  readonly p99: number
  /** Peak, proportional share, MB. */
  readonly memory: number
  /** CPU seconds of the generator for 1,000 messages. */
  readonly generatorCpu: number
}

/** Milliseconds after the last delivery that still count into CPU: queue files removed, rows written back. */
const SETTLE = 500

/** `before`: messages delivered to this side so far. */
export async function measure(
  side: Side,
  generator: Generator,
  order: Omit<LoadOrder, "port">,
  before: number,
): Promise<Measured> {
  const pids = side.trees.map(tree => tree.pid)
  const memory = watchMemory(pids)
  const cpu = pids.map(pid => cpuSeconds([pid]))
  const start = performance.now()
  const report = await generator.run({ ...order, port: side.port })
  await side.delivered(before + order.count)
  const elapsed = performance.now() - start
  await wait(SETTLE)
  const used = pids.map((pid, index) => ((cpuSeconds([pid]) - (cpu[index] ?? 0)) / order.count) * 1_000)
  return {
    rate: (order.count / elapsed) * 1_000,
    acceptedRate: (order.count / report.elapsed) * 1_000,
    cpu: used.reduce((sum, seconds) => sum + seconds, 0),
    cpuOf: Object.fromEntries(side.trees.map(({ program }, index) => [program, used[index] ?? 0])),
    p50: quantile(report.latencies, 0.5),
    p99: quantile(report.latencies, 0.99),
    memory: memory.stop() / 1e6,
    generatorCpu: (report.cpu / order.count) * 1_000,
  }
}
