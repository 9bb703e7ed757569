/**
 * The three works that are measured, of one side and one way of signing.
 *
 * *in*: mails are handed in while the sink greets nobody, so that both sides queue them. *out*: the sink opens, and the
 * full queue empties. *through*: mails are handed in while the sink is open.
 */
import { setTimeout as wait } from "node:timers/promises"
import { cpuSeconds } from "../measure/process-tree.ts"
import { quantile } from "../measure/quantile.ts"
import { checkSignatures } from "./check-signatures.ts"
import type { Generator } from "./generator.ts"
import { CONNECTIONS, type Side, type Signed, writerOf } from "./plan.ts"
import type { Sink } from "./start-sink.ts"

export type Phase = "in" | "out" | "through"

export interface Measured {
  /** Mails a second, until the last 250 of whoever takes them: ours or the other side's, or the sink. */
  readonly rate: number
  /** CPU seconds of the process trees for 1,000 mails, work after the last one included. */
  readonly cpu: number
  /** The same for each program of the side. */
  readonly cpuOf: Readonly<Record<string, number>>
  /** Milliseconds from the end of a mail's writing to its 250; of "in" and "through". */
  readonly p50: number
  readonly p99: number
}

export interface Way {
  readonly side: Side
  readonly signed: Signed
}

export interface Ground {
  readonly sink: Sink
  readonly generator: Generator
}

/** Milliseconds after the last mail that still count into CPU: files removed, rows written back. */
const SETTLE = 500
/** Milliseconds within which a queue must be empty when all its mails have arrived. */
const EMPTY = 30_000
/** Both sides wait five minutes for a greeting: what is handed in meanwhile must be in by then. */
const LONGEST_FILL = 280_000

/** Throws where a mail is missing, came twice, stays in the queue, or is not signed as it should be. */
export async function measureWay(
  ground: Ground,
  way: Way,
  count: number,
): Promise<Readonly<Record<Phase, Measured>>> {
  const filled = await fill(ground, way, count)
  const emptied = await empty(ground, way, count)
  const through = await passThrough(ground, way, count)
  return { in: filled, out: emptied, through }
}

/** Once through, for everything that is only done the first time. */
export async function warmUp(ground: Ground, way: Way, count: number): Promise<void> {
  await passThrough(ground, way, count)
}

async function fill({ sink, generator }: Ground, way: Way, count: number): Promise<Measured> {
  await sink.close()
  const begin = await generator.prepare(orderOf(way, count))
  const meter = startMeter(way.side)
  const { elapsed, latencies } = await begin()
  if (elapsed > LONGEST_FILL) throw new Error(`${count} mails are too many: ${elapsed} ms to hand them in`)
  await wait(SETTLE)
  const measured = meter.stop(count, elapsed, latencies)
  const waiting = await way.side.waiting()
  if (waiting !== count) throw new Error(`${way.side.name}: ${waiting} of ${count} mails are in the queue`)
  return measured
}

async function empty({ sink }: Ground, way: Way, count: number): Promise<Measured> {
  const meter = startMeter(way.side)
  const { reached } = await sink.open(count)
  const start = performance.now()
  await reached()
  const elapsed = performance.now() - start
  return await finish(sink, way, meter, { count, elapsed, latencies: [] })
}

async function passThrough({ sink, generator }: Ground, way: Way, count: number): Promise<Measured> {
  await sink.close()
  const { reached } = await sink.open(count)
  const begin = await generator.prepare(orderOf(way, count))
  const meter = startMeter(way.side)
  const start = performance.now()
  const [{ latencies }] = await Promise.all([begin(), reached()])
  const elapsed = performance.now() - start
  return await finish(sink, way, meter, { count, elapsed, latencies })
}

async function finish(
  sink: Sink,
  { side, signed }: Way,
  meter: Meter,
  run: { readonly count: number; readonly elapsed: number; readonly latencies: readonly number[] },
): Promise<Measured> {
  const { count, elapsed, latencies } = run
  const until = Date.now() + EMPTY
  let waiting = await side.waiting()
  while (waiting > 0 && Date.now() < until) {
    await wait(50)
    waiting = await side.waiting()
  }
  if (waiting > 0)
    throw new Error(`${side.name}: all has arrived, and ${waiting} mails are in the queue still`)
  await wait(SETTLE)
  const measured = meter.stop(count, elapsed, latencies)
  const told = await sink.tell()
  if (told.taken !== count || told.different !== count)
    throw new Error(`${side.name}: ${told.taken} mails came, ${told.different} different ones, of ${count}`)
  await checkSignatures(side, signed, told.first)
  return measured
}

function orderOf({ side, signed }: Way, count: number) {
  const port = side.ports[signed]
  if (port === undefined) throw new Error(`${side.name} cannot sign so: ${signed}`)
  const writers = Array.from({ length: CONNECTIONS }, (_, connection) => {
    const proof = side.proof(signed, connection)
    return { address: writerOf(signed, connection), ...(proof === undefined ? {} : { proof }) }
  })
  return { port, count, writers }
}

interface Meter {
  stop(count: number, elapsed: number, latencies: readonly number[]): Measured
}

function startMeter({ trees }: Side): Meter {
  const before = trees.map(({ pid }) => cpuSeconds([pid]))
  return {
    stop(count, elapsed, latencies) {
      const used = trees.map(({ pid }, at) => ((cpuSeconds([pid]) - (before[at] ?? 0)) / count) * 1_000)
      return {
        rate: (count / elapsed) * 1_000,
        cpu: used.reduce((sum, seconds) => sum + seconds, 0),
        cpuOf: Object.fromEntries(trees.map(({ program }, at) => [program, used[at] ?? 0])),
        p50: quantile(latencies, 0.5),
        p99: quantile(latencies, 0.99),
      }
    },
  }
}
