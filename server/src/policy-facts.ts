/** What the policy needs to know from outside of `privacy`: the operator's settings, and what was last proven. */
import { readFile, stat } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Configuration } from "./configuration/index.ts"
import type { Clock } from "./ports/clock.ts"
import type { Log } from "./ports/log.ts"
import {
  type CheckResults,
  type Feature,
  maxResultsBytes,
  type PolicyFacts,
  readCheckResults,
} from "./privacy/policy/index.ts"

export function policyFacts({ operator, listen, smtp, store, acme, sending }: Configuration): PolicyFacts {
  const switches: Readonly<Record<Feature, boolean>> = {
    smtp: listen.smtp !== false,
    imap: listen.imap !== false || listen.imaps !== false,
    pop3: listen.pop3 !== false || listen.pop3s !== false,
    http: listen.http !== false,
    checks: smtp.authentication,
    "given-database": store.databaseUrl !== undefined,
    // Filters forward and answer what comes in, so a server without a door for programs sends, too.
    sending: listen.submission !== false || listen.submissions !== false || listen.smtp !== false,
    "smart-host": sending.smartHost !== false || sending.transports.length > 0,
    "tls-reports": sending.tlsReports,
    "dmarc-reports": listen.smtp !== false && smtp.authentication && smtp.dmarcReports,
    acme: acme !== undefined,
  }
  const features = Object.keys(switches) as Feature[] // the record's own keys
  return { operator, switchedOn: new Set(features.filter(name => switches[name])) }
}

const resultsFile = fileURLToPath(new URL("../../promises/results.json", import.meta.url))

/** How long the page may show what was found before: the file is looked at no more often, whoever asks for the page. */
const freshMs = 10_000

/**
 * What was last found, and what is found while the server runs: the file is read again when it is another. Empty where
 * nothing was proven yet, or the file is none of ours: the log then says so. The same map until it is read again.
 */
export function lastCheckResults(
  { log, clock }: { readonly log: Log; readonly clock: Clock },
  file = resultsFile,
): () => Promise<CheckResults> {
  const none: CheckResults = new Map()
  let known: { readonly mark: string; readonly results: CheckResults } = { mark: "", results: none }
  let looking: { readonly at: number; readonly done: Promise<CheckResults> } | undefined

  async function look(): Promise<CheckResults> {
    const mark = await markOf(file)
    if (mark !== known.mark) known = { mark, results: (await readResults(file, mark, log)) ?? none }
    return known.results
  }

  return () => {
    if (looking === undefined || clock.now() - looking.at >= freshMs)
      looking = { at: clock.now(), done: look() }
    return looking.done
  }
}

/** Another one whenever the file is; empty where there is none. */
async function markOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return "" // never proven: the page says that there is no result here
  }
}

async function readResults(file: string, mark: string, log: Log): Promise<CheckResults | undefined> {
  if (mark === "") return undefined
  try {
    const { size } = await stat(file)
    const read = size > maxResultsBytes ? undefined : readCheckResults(await readFile(file, "utf8"))
    if (read !== undefined) return read
  } catch {
    // it may not be read: that is as good as a file of somebody else's
  }
  log.event("policy.results-unreadable", {})
  return undefined
}
