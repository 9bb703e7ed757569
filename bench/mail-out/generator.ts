/** Starts the generator of mails and gives it orders, one at a time. */
import { fork } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import type { GeneratorOrder, GeneratorReport, HandInOrder } from "./hand-in-protocol.ts"

export type HandedIn = Extract<GeneratorReport, { readonly kind: "done" }>

export interface Generator {
  /** Resolves when all are signed in, to what lets them begin. Both throw where a server refuses something. */
  prepare(order: Omit<HandInOrder, "kind">): Promise<() => Promise<HandedIn>>
  stop(): void
}

export function startGenerator(): Generator {
  const child = fork(path.join(import.meta.dirname, "hand-in.ts"))
  const report = async (): Promise<GeneratorReport> => {
    const [said]: GeneratorReport[] = await once(child, "message")
    if (said === undefined) throw new Error("the generator says nothing")
    if (said.kind === "failed") throw new Error(said.text)
    return said
  }
  const say = (order: GeneratorOrder): void => {
    child.send(order)
  }
  return {
    async prepare(order) {
      const ready = report()
      say({ kind: "prepare", ...order })
      await ready
      return async () => {
        const handedIn = report()
        say({ kind: "go" })
        const done = await handedIn
        if (done.kind !== "done") throw new Error("the generator was not done")
        return done
      }
    },
    stop: () => child.disconnect(),
  }
}
