/** What the policy needs to know from outside of `privacy`: the operator's settings, and what was last proven. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Configuration } from "./configuration/index.ts"
import type { Log } from "./ports/log.ts"
import {
  type CheckResults,
  type Feature,
  maxResultsBytes,
  type PolicyFacts,
  readCheckResults,
} from "./privacy/policy/index.ts"

export function policyFacts({ operator, listen, smtp, store }: Configuration): PolicyFacts {
  const switches: Readonly<Record<Feature, boolean>> = {
    smtp: listen.smtp !== false,
    imap: listen.imap !== false || listen.imaps !== false,
    pop3: listen.pop3 !== false || listen.pop3s !== false,
    http: listen.http !== false,
    checks: smtp.authentication,
    "given-database": store.databaseUrl !== undefined,
  }
  const features = Object.keys(switches) as Feature[] // the record's own keys
  return { operator, switchedOn: new Set(features.filter(name => switches[name])) }
}

const resultsFile = fileURLToPath(new URL("../../promises/results.json", import.meta.url))

/** Empty where nothing was proven yet, or the file is none of ours: the log then says so. */
export async function lastCheckResults(log: Log, file = resultsFile): Promise<CheckResults> {
  const none: CheckResults = new Map()
  let text: string
  try {
    text = await readFile(file, "utf8")
  } catch {
    return none // never proven: the page says that there is no result here
  }
  const read = text.length > maxResultsBytes ? undefined : readCheckResults(text)
  if (read === undefined) log.event("policy.results-unreadable", {})
  return read ?? none
}
