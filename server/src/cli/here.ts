/** What the client does by itself: no server is asked, and none has to run. */
import { checkSieve } from "./check-sieve.ts"
import { trySieve } from "./try-sieve.ts"

export interface HereReport {
  /** The program ends with 0 then, else with 1. */
  readonly fine: boolean
  /** For a person; on standard error where it is not fine. */
  readonly text: string
  /** The same for a program, JSON. */
  readonly value: object
}

export type HereCommand = "sieve-check" | "sieve-try"

/** `values`: the arguments of the call, as `parseCall` gives them. Throws UsageError. */
export async function doHere(
  command: HereCommand,
  values: Readonly<Record<string, unknown>>,
): Promise<HereReport> {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === "string" ? value : undefined
  }
  const file = text("file") ?? ""
  switch (command) {
    case "sieve-check":
      return await checkSieve(file)
    case "sieve-try":
      return await trySieve({
        file,
        message: text("message") ?? "",
        from: text("from"),
        to: text("to"),
        now: Date.now(),
      })
  }
}
