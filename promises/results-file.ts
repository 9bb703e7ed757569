import { readFile, rename, writeFile } from "node:fs/promises"
import { readCheckResults } from "../server/src/privacy/policy/index.ts"
import type { Result } from "./result.ts"

/**
 * `promises/results.json`: what the checks last found, each with its time. The server shows it on the page of its
 * policy, so a release carries the file of the run that it was released with.
 */
export interface Found {
  readonly result: Result
  /** Whether a check ran: a promise may be open because none exists. */
  readonly isChecked: boolean
}

/** Puts what was found into the file; what was not checked this time stays as it was found last. */
export async function recordResults(file: string, found: readonly Found[], now: Date): Promise<void> {
  const checked = found.filter(one => one.isChecked)
  if (checked.length === 0) return
  const results = new Map(await earlier(file))
  for (const { result } of checked) results.set(result.id, { state: stateOf(result), at: now.toISOString() })
  const sorted = Object.fromEntries([...results].sort(([one], [other]) => (one < other ? -1 : 1)))
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify({ format: 1, results: sorted }, undefined, 2)}\n`)
  await rename(draft, file)
}

function stateOf({ state }: Result): "passed" | "in-part" | "failed" {
  return state === "proven" ? "passed" : state === "open" ? "in-part" : "failed"
}

/** A file that cannot be read as one of ours is begun anew. */
async function earlier(file: string) {
  const text = await readFile(file, "utf8").catch(() => "") // there is none before the first run
  const read = readCheckResults(text) ?? new Map<string, never>()
  return [...read].map(
    ([id, { state, at }]) => [id, { state: state as string, at: new Date(at).toISOString() }] as const,
  )
}
