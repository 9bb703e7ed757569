/** Starts the sink, and gives it orders one at a time. */
import { fork } from "node:child_process"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { SinkOrder, SinkReport } from "./sink-protocol.ts"

type Told = Extract<SinkReport, { readonly kind: "told" }>

export interface Sink {
  readonly port: number
  close(): Promise<void>
  /** Resolves to what waits until `total` different mails are here; that throws when none comes for a minute. */
  open(total: number): Promise<{ readonly reached: () => Promise<void> }>
  tell(): Promise<Told>
  stop(): void
}

const PATIENCE = 60_000
const LOOK = 1_000

export async function startSink(): Promise<Sink> {
  const child = fork(path.join(import.meta.dirname, "sink.ts"))
  let onReached: () => void = () => undefined
  let onAnswer: (report: SinkReport) => void = () => undefined
  const answer = (): Promise<SinkReport> => new Promise(resolve => (onAnswer = resolve))
  child.on("message", (report: SinkReport) => {
    if (report.kind === "reached") onReached()
    else onAnswer(report)
  })
  const ask = async (order: SinkOrder): Promise<SinkReport> => {
    const answered = answer()
    child.send(order)
    return await answered
  }
  const tell = async (): Promise<Told> => {
    const told = await ask({ kind: "tell" })
    if (told.kind !== "told") throw new Error("the sink answers something else")
    return told
  }
  const begun = await answer()
  if (begun.kind !== "listening") throw new Error("the sink does not listen")

  const progress = async (until: Promise<void>, total: number): Promise<void> => {
    let isOver = false
    void until.then(() => {
      isOver = true
    })
    let before = -1
    let since = Date.now()
    while (!isOver) {
      await Promise.race([until, wait(LOOK)])
      if (isOver) return
      const { different } = await tell()
      if (different > before) since = Date.now()
      else if (Date.now() - since > PATIENCE) throw new Error(`only ${different} of ${total} mails arrived`)
      before = different
    }
  }
  return {
    port: begun.port,
    async close() {
      await ask({ kind: "close" })
    },
    async open(total) {
      const reached = new Promise<void>(resolve => (onReached = resolve))
      await ask({ kind: "open", total })
      return { reached: () => progress(reached, total) }
    },
    tell,
    stop: () => child.disconnect(),
  }
}
