/**
 * `npm run check [-- NAME… | --static]`: types, lint, walls, dead code, the smaller checks and the unit tests, in this
 * order, a line each; the same here and in CI, where `--static` leaves the unit tests to the `npm test` that follows.
 * What a check has to say comes under its line. Ends with 1 when one has failed.
 */
import { checkCapabilities } from "./check-capabilities.ts"
import { checkColumns } from "./check-columns.ts"
import { checkDependencies } from "./check-dependencies.ts"
import { checkNetwork } from "./check-network.ts"
import { checkRfcs } from "./check-rfcs.ts"
import { checkWalls } from "./check-walls.ts"
import { projectRoot } from "./run-check.ts"
import { runTool, tools } from "./run-tool.ts"

/** What is wrong, a line each; nothing where all is well. */
type Check = () => Promise<readonly string[]>

const checks: Readonly<Record<string, Check>> = {
  types: () => runTool(projectRoot, tools.types),
  "web-types": () => runTool(projectRoot, tools.webTypes),
  lint: () => runTool(projectRoot, tools.lint),
  walls: () => checkWalls(projectRoot),
  network: () => checkNetwork(projectRoot),
  "dead-code": () => runTool(projectRoot, tools.deadCode),
  columns: () => checkColumns(projectRoot),
  rfcs: () => checkRfcs(projectRoot),
  capabilities: () => checkCapabilities(projectRoot),
  dependencies: () => checkDependencies(projectRoot),
  "unit-tests": () => runTool(projectRoot, tools.unitTests),
}

const words = process.argv.slice(2)
const chosen = words[0] === "--static" ? Object.keys(checks).filter(name => name !== "unit-tests") : words
const unknown = chosen.filter(name => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(`check: there is no ${unknown.join(", ")}; there are ${Object.keys(checks).join(", ")}`)
  process.exit(2)
}
for (const [name, check] of Object.entries(checks)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const start = performance.now()
  const problems = await check()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${name.padEnd(12)} ${problems.length === 0 ? "ok" : "FAILED"}  ${seconds} s`)
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
