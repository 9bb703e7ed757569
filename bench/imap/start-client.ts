/** Starts the client and gives it orders, one at a time. */
import { fork } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { Done, Order, Report } from "./orders.ts"

export interface Client {
  /** Throws when a server says NO or hangs up: a bench of refusals is none. */
  run(order: Order): Promise<Done>
  stop(): void
}

export async function startClient(): Promise<Client> {
  const child = fork(path.join(import.meta.dirname, "client.ts"))
  await once(child, "message")
  return {
    run: async order => {
      child.send(order)
      const [report]: Report[] = await once(child, "message")
      if (report?.kind !== "done")
        throw new Error(`port ${order.where.port}, ${order.kind}: ${report?.text ?? "no report"}`)
      return report
    },
    stop: () => {
      child.disconnect()
    },
  }
}
