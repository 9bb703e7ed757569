import { basename } from "node:path"
import { run } from "node:test"
import { spec } from "node:test/reporters"

/** What the checks of one promise came to. */
export interface CheckOutcome {
  readonly id: string
  readonly state: "proven" | "failed"
  readonly ms: number
  /** For "failed": the first test that failed, and how. */
  readonly detail: string
}

/** Longest run of one check file, in milliseconds. */
const checkTimeout = 300_000
const maxDetail = 1500

/**
 * Runs check files, each in a process of its own, by node:test. With `out`, its report goes there as it comes
 * and ends with its closing lines. A file in which no test passed proves nothing: it failed. With `only`, of each file
 * the tests of that name alone are run.
 */
export async function runChecks(
  files: readonly string[],
  options: { readonly out?: NodeJS.WritableStream; readonly concurrency: number; readonly only?: string },
): Promise<readonly CheckOutcome[]> {
  const tallies = new Map(files.map(file => [file, { passed: 0, ms: 0, failures: [] as string[], own: 0 }]))
  const stream = run({
    files: [...files],
    concurrency: options.concurrency,
    timeout: checkTimeout,
    ...(options.only === undefined ? {} : { testNamePatterns: namedSo(options.only) }),
  })
  stream.on("test:pass", event => {
    const tally = tallies.get(checkOf(event))
    if (tally === undefined) return
    if (event.nesting === 0) tally.ms += event.details.duration_ms
    if (event.details.type === "suite" || event.name === event.file) return
    if (event.skip === undefined && event.todo === undefined) tally.passed += 1
    else tally.failures.push(`${event.name}: was not run`)
  })
  stream.on("test:fail", event => {
    const tally = tallies.get(checkOf(event))
    if (tally === undefined) return
    const told = `${event.name}: ${describe(event)}`
    // what only follows from another failure comes last
    if (isConsequence(event)) tally.failures.push(told)
    else tally.failures.splice(tally.own++, 0, told)
    if (event.nesting === 0) tally.ms += event.details.duration_ms
  })
  if (options.out === undefined) stream.resume()
  else stream.compose(new spec()).pipe(options.out, { end: false })
  await new Promise<void>((resolve, reject) => stream.once("end", resolve).once("error", reject))
  return files.map(file => outcomeOf(file, tallies.get(file)))
}

/** The check that was started: some of its tests stand in files beside. node:test says which; its types do not yet. */
function checkOf(event: { readonly file?: string | undefined; readonly entryFile?: unknown }): string {
  return typeof event.entryFile === "string" ? event.entryFile : (event.file ?? "")
}

/** node:test looks for it in a test's name with those of the suites around it. */
function namedSo(name: string): RegExp {
  return new RegExp(`${RegExp.escape(name)}$`)
}

function outcomeOf(
  file: string,
  tally: { passed: number; ms: number; failures: readonly string[] } | undefined,
): CheckOutcome {
  const id = basename(file, ".ts")
  const ms = Math.round(tally?.ms ?? 0)
  const [first] = tally?.failures ?? []
  if (first !== undefined) return { id, state: "failed", ms, detail: first.slice(0, maxDetail) }
  const passed = tally?.passed ?? 0
  if (passed === 0) return { id, state: "failed", ms, detail: "no test of it ran" }
  return { id, state: "proven", ms, detail: `${passed} tests passed` }
}

function isConsequence(event: { readonly details: { readonly error?: unknown } }): boolean {
  const { error } = event.details
  const type = error instanceof Error && "failureType" in error ? error.failureType : undefined
  return type === "cancelledByParent" || type === "subtestsFailed"
}

/** The message of the error below the runner's own wrapper. */
function describe(event: { readonly details: { readonly error?: unknown } }): string {
  const { error } = event.details
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
