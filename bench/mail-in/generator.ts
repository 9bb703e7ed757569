/** Starts the generator of load and gives it orders, one at a time. */
import { fork } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { LoadOrder, LoadReport } from "./load-protocol.ts"

export interface Generator {
  /** Throws when a server refuses a message: a bench of refusals is none. */
  run(order: LoadOrder): Promise<Extract<LoadReport, { kind: "done" }>>
  stop(): void
}

export async function startGenerator(descriptionFile: string): Promise<Generator> {
  const child = fork(path.join(import.meta.dirname, "load.ts"), [descriptionFile])
  await once(child, "message")
  return {
    run: async order => {
      child.send(order)
      const [report]: LoadReport[] = await once(child, "message")
      if (report?.kind !== "done") throw new Error(`port ${order.port}: ${report?.text ?? "no report"}`)
      return report
    },
    stop: () => {
      child.disconnect()
    },
  }
}
