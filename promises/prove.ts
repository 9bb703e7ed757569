import { join } from "node:path"
import { parseArgs } from "node:util"
import { nearest } from "../server/src/configuration/nearest.ts"
import { catalogue } from "./catalogue.ts"
import { checkFileOf } from "./check-file.ts"
import { proveMutations } from "./prove-mutations.ts"
import { resultOf } from "./result.ts"
import { recordResults } from "./results-file.ts"
import { runChecks } from "./run-checks.ts"

/**
 * `npm run prove [-- --json] [-- ID…]`: runs the checks of all promises, or of those named, against servers of
 * their own, and tells for each whether it is proven, failed or open. Ends with 1 when one failed.
 * A promise of which the catalogue says what is missing stays open, though its check runs and has to pass.
 * What was found stays in promises/results.json, for the page of the server's policy.
 * `--mutate [--touched] [ID…]`: breaks each promise on purpose and fails where its check does not notice;
 * with `--touched`, only where the change at hand could matter. `--test NAME ID`: of a check, one test alone, by which
 * nothing is recorded; with `--mutate`, what that test has to notice alone.
 */
const repository = join(import.meta.dirname, "..")
const ids = catalogue.map(promised => promised.id)

function chosenIds(asked: readonly string[]): readonly string[] {
  for (const id of asked) {
    if (ids.includes(id)) continue
    const guess = nearestId(id)
    console.error(`prove: there is no promise ${id}${guess === undefined ? "" : `; did you mean ${guess}?`}`)
    process.exit(2)
  }
  return asked.length === 0 ? ids : asked
}

/** Ids as that function likes its words: lower case, underscores. */
function nearestId(typed: string): string | undefined {
  const plain = (id: string) => id.toLowerCase().replaceAll("-", "_")
  const found = nearest(typed, ids.map(plain))
  return ids.find(id => plain(id) === found)
}

async function prove(chosen: readonly string[], json: boolean, only: string | undefined): Promise<void> {
  const checks = chosen.flatMap(id => checkFileOf(id, repository) ?? [])
  const out = json ? {} : { out: process.stdout }
  if (!json) printOpen(chosen)
  const outcomes =
    checks.length === 0
      ? []
      : await runChecks(checks, { ...out, ...(only === undefined ? {} : { only }), concurrency: 2 })
  const found = chosen
    .flatMap(id => catalogue.filter(promised => promised.id === id))
    .map(promised => {
      const outcome = outcomes.find(one => one.id === promised.id)
      return { result: resultOf(promised, outcome), isChecked: outcome !== undefined }
    })
  if (only === undefined) await recordResults(join(repository, "promises", "results.json"), found, new Date())
  const results = found.map(one => one.result)
  if (json) console.log(JSON.stringify(results, undefined, 2))
  if (results.some(result => result.state === "failed")) process.exitCode = 1
}

function printOpen(chosen: readonly string[]): void {
  const open = catalogue.filter(({ id }) => chosen.includes(id) && checkFileOf(id, repository) === undefined)
  for (const { id, title } of open) console.log(`open    ${id.padEnd(9)} ${title}`)
  if (open.length > 0) console.log(`${open.length} promises are open; these have a check:`)
  for (const { id, title, missing } of catalogue) {
    if (!chosen.includes(id) || open.some(one => one.id === id)) continue
    const left = missing === undefined ? "" : ` (in part: it stays open until ${missing} is checked too)`
    console.log(`checked ${id.padEnd(9)} ${title}${left}`)
  }
}

function parsed() {
  const options = {
    json: { type: "boolean" },
    mutate: { type: "boolean" },
    touched: { type: "boolean" },
    test: { type: "string" },
  } as const
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    console.error(`prove: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(2)
  }
}

const { values, positionals } = parsed()
const chosen = chosenIds(positionals)
if (values.mutate === true) {
  const checks = chosen.flatMap(id => {
    const file = checkFileOf(id, repository)
    return file === undefined ? [] : [{ id, file }]
  })
  const only = values.test
  await proveMutations(checks, {
    repository,
    touchedOnly: values.touched === true,
    ...(only === undefined ? {} : { only }),
  })
} else await prove(chosen, values.json === true, values.test)
