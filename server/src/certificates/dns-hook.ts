/**
 * The operator's program that publishes records in the DNS, for dns-01. It is called with three words, without a shell:
 *
 *     PROGRAM add    _acme-challenge.example.org VALUE
 *     PROGRAM remove _acme-challenge.example.org VALUE
 *
 * and ends with 0 when all name servers of the domain have, or have not, a TXT record with that value beside others. It
 * gets no secret of ours, and of our environment the search path alone.
 */
import { execFile } from "node:child_process"

export type HookAct = "add" | "remove"

export type RunHook = (
  act: HookAct,
  record: { readonly name: string; readonly value: string },
  signal: AbortSignal,
) => Promise<void>

/** Milliseconds that it may take: records spread slowly. */
export const hookTimeMs = 10 * 60 * 1000
/** Octets of what it prints. */
const maxOutput = 64 * 1024
/** Characters of what it prints that the operator is shown. */
const maxShown = 300

/** The program ended badly, or not at all. The message is a sentence for the operator. */
export class HookError extends Error {
  override readonly name = "HookError"
  readonly temporary = true
}

export function createHook(program: string, timeMs = hookTimeMs): RunHook {
  return (act, { name, value }, signal) =>
    new Promise((resolve, reject) => {
      const options = {
        timeout: timeMs,
        killSignal: "SIGKILL",
        maxBuffer: maxOutput,
        cwd: "/",
        env: { PATH: process.env.PATH },
        signal,
      } as const
      execFile(program, [act, name, value], options, (error, _stdout, stderr) => {
        if (error === null) return resolve()
        const what = `${program} ${act} ${name}`
        if (error.killed === true)
          return reject(new HookError(`${what} did not end in time`, { cause: error }))
        if (typeof error.code === "string")
          return reject(new HookError(`${program} cannot be run (${error.code})`, { cause: error }))
        const said = stderr
          .replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
          .trim()
          .slice(0, maxShown)
        const ending = `${what} ended with ${error.code ?? error.signal ?? "nothing"}`
        reject(new HookError(said === "" ? ending : `${ending}: ${said}`, { cause: error }))
      })
    })
}
