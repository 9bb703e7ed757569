/**
 * `npm run check [-- NAME…]`: types, lint, walls, dead code, the smaller checks and the unit tests, in this
 * order, a line each; the same here and in CI. What a check has to say comes under its line. Ends with 1 when
 * one has failed.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { checkColumns } from "./check-columns.ts"
import { checkDependencies } from "./check-dependencies.ts"
import { checkNetwork } from "./check-network.ts"
import { checkRfcs } from "./check-rfcs.ts"
import { checkWalls } from "./check-walls.ts"
import { projectRoot } from "./run-check.ts"

/** What is wrong, a line each; nothing where all is well. */
type Check = () => Promise<readonly string[]>

const checks: Readonly<Record<string, Check>> = {
  types: () => run("node_modules/typescript/bin/tsc", "-p", "."),
  "web-types": () => run("node_modules/typescript/bin/tsc", "-p", "web"),
  lint: () =>
    run(
      "node_modules/@biomejs/biome/bin/biome",
      "check",
      "--error-on-warnings",
      "--diagnostic-level=warn",
      "--max-diagnostics=200",
      "--colors=off",
    ),
  walls: () => checkWalls(projectRoot),
  network: () => checkNetwork(projectRoot),
  "dead-code": () => run("node_modules/knip/bin/knip.js", "--no-progress", "--no-config-hints"),
  columns: () => checkColumns(projectRoot),
  rfcs: () => checkRfcs(projectRoot),
  dependencies: () => checkDependencies(projectRoot),
  "unit-tests": () => run("scripts/test.ts", "packages/", "server/src/", "scripts/"),
}

const chosen = process.argv.slice(2)
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

/** Runs a tool with this Node; its output is what is wrong, unless it ends well. */
function run(script: string, ...words: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const tool = spawn(process.execPath, [join(projectRoot, script), ...words], { cwd: projectRoot })
    const output: Buffer[] = []
    tool.stdout.on("data", chunk => output.push(chunk))
    tool.stderr.on("data", chunk => output.push(chunk))
    tool.on("error", reject)
    tool.on("close", code => {
      const text = Buffer.concat(output).toString().trim()
      resolve(code === 0 ? [] : [...text.split("\n"), `${script} ended with ${code}`])
    })
  })
}
