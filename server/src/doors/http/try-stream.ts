import { performance } from "node:perf_hooks"
import { PassThrough, type Readable } from "node:stream"
import type { TryEvent } from "./setup-api.ts"
import type { SetupService, SetupSession } from "./setup-service.ts"

/** The longest that a try may take, sending and opening together. */
const tryLimitMs = 60_000

/**
 * Sends the try mail and tells of it: one `TryEvent` a line, as each happens. A page that goes away does not stop
 * a mail that is on its way; the lines then go nowhere. There are at most seven of them, so nothing is awaited.
 */
export function streamTry(
  service: SetupService,
  session: SetupSession,
  onError: (error: unknown) => void,
): Readable {
  const lines = new PassThrough()
  const startedAt = performance.now()
  const tell = (event: TryEvent) => {
    if (lines.writable) lines.write(`${JSON.stringify(event)}\n`)
  }
  const elapsed = () => Math.round((performance.now() - startedAt) * 10) / 10

  const run = async () => {
    const outcome = await service.sendTryMail(
      session,
      (step, detail) =>
        tell({ kind: "step", step, ms: elapsed(), ...(detail === undefined ? {} : { detail }) }),
      AbortSignal.timeout(tryLimitMs),
    )
    if (outcome.kind === "failed") return tell(outcome)
    const mail = await service.open(session, outcome.id)
    if (mail === undefined) throw new Error("the try mail was kept, but is not in its account")
    tell({ kind: "step", step: "opened", ms: elapsed() })
    tell({ kind: "mail", mail })
  }
  run()
    .catch(error => {
      onError(error)
      tell({ kind: "broken" })
    })
    .finally(() => lines.end())
  return lines
}
