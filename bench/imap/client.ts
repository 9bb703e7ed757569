/** The client: a process of its own that does as it is ordered. Forked by the bench. */
import { openSync, readSync } from "node:fs"
import { Connection } from "./connection.ts"
import type { Order, Report } from "./orders.ts"

type Work<Kind extends Order["kind"]> = Extract<Order, { kind: Kind }>
interface Tally {
  octets: number
  /** When the last command ended. */
  ended: number
  readonly latencies: number[]
  readonly answers: string[]
}

async function fill({ where, mailbox, corpus, perCommand }: Work<"fill">, tally: Tally): Promise<void> {
  const connection = await Connection.open(where)
  const file = openSync(corpus.file, "r")
  for (let from = 0; from < corpus.ends.length; from += perCommand) {
    const messages = corpus.ends.slice(from, from + perCommand).map((end, at) => {
      const start = corpus.ends[from + at - 1] ?? 0
      const message = Buffer.allocUnsafe(end - start)
      readSync(file, message, 0, message.length, start)
      return message
    })
    const began = performance.now()
    await connection.append(mailbox, messages)
    tally.latencies.push(performance.now() - began)
  }
  tally.ended = performance.now()
  await connection.close()
}

async function repeat(order: Work<"repeat">, tally: Tally): Promise<() => Promise<void>> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => Connection.open(order.where)),
  )
  return async () => {
    const before = connections.reduce((sum, { octets }) => sum + octets, 0)
    const until = performance.now() + order.milliseconds
    const lane = async (connection: Connection, offset: number) => {
      for (let no = offset; performance.now() < until; no += 1) {
        const began = performance.now()
        await connection.command(order.commands[no % order.commands.length] ?? "NOOP")
        tally.latencies.push(performance.now() - began)
      }
    }
    // each lane begins elsewhere in the list, so that they do not read the same at the same time
    const lanes = connections.flatMap((connection, at) =>
      Array.from({ length: order.window }, (_, no) => lane(connection, at * 131 + no * 17)),
    )
    await Promise.all(lanes)
    tally.ended = performance.now()
    tally.octets = connections.reduce((sum, { octets }) => sum + octets, 0) - before
    for (const connection of connections) await connection.close()
  }
}

async function once({ where, fresh, commands }: Work<"once">, tally: Tally): Promise<void> {
  let connection = await Connection.open(where)
  for (const [no, command] of commands.entries()) {
    if (fresh && no > 0) {
      await connection.close()
      connection = await Connection.open(where)
    }
    const began = performance.now()
    const answer = await connection.read(command)
    tally.latencies.push(performance.now() - began)
    tally.answers.push(answer.toString("latin1"))
  }
  tally.ended = performance.now()
  await connection.close()
}

async function obey(order: Order): Promise<Report> {
  const tally: Tally = { octets: 0, ended: 0, latencies: [], answers: [] }
  // the clock starts when the connections stand
  const work = order.kind === "repeat" ? await repeat(order, tally) : undefined
  const cpu = process.cpuUsage()
  const began = performance.now()
  if (order.kind === "fill") await fill(order, tally)
  else if (order.kind === "once") await once(order, tally)
  else await work?.()
  const elapsed = tally.ended - began
  const used = process.cpuUsage(cpu)
  const { octets, latencies, answers } = tally
  const count = latencies.length
  return { kind: "done", count, octets, elapsed, latencies, answers, cpu: (used.user + used.system) / 1e6 }
}

process.on("message", (order: Order) => {
  obey(order).then(
    report => process.send?.(report),
    (error: unknown) => process.send?.({ kind: "failed", text: String(error) } satisfies Report),
  )
})
process.send?.("ready")
