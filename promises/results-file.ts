import { readFile, rename, writeFile } from "node:fs/promises"
import {
  type CheckResult,
  type CheckResults,
  readCheckResults,
  rulesHash,
} from "../server/src/privacy/policy/index.ts"
import type { Result } from "./result.ts"

/**
 * `promises/results.json`: what the checks last found, each with its time and the hash of the rules of the policy
 * that were checked. The server shows it on the page of its policy where the rules are still those. The file is of this
 * machine and not of the repository: git ignores it, and a server without one says that there is no result.
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
  const rules = rulesHash()
  for (const { result } of checked)
    results.set(result.id, { state: stateOf(result), at: now.getTime(), rules })
  const sorted = Object.fromEntries(
    [...results]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([id, one]) => [id, { ...one, at: new Date(one.at).toISOString() }]),
  )
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${JSON.stringify({ format: 2, results: sorted }, undefined, 2)}\n`)
  await rename(draft, file)
}

function stateOf({ state }: Result): CheckResult["state"] {
  return state === "proven" ? "passed" : state === "open" ? "in-part" : "failed"
}

/** A file that cannot be read as one of ours is begun anew. */
async function earlier(file: string): Promise<CheckResults> {
  const text = await readFile(file, "utf8").catch(() => "") // there is none before the first run
  return readCheckResults(text) ?? new Map()
}
