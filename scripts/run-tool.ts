import { spawn } from "node:child_process"
import { join } from "node:path"
import { projectRoot } from "./run-check.ts"

/** Most lines of a tool's output that are shown; the last ones say what failed. */
const maxLines = 300

/** The tools of `npm run check`, as words for Node. */
export const tools = {
  types: ["node_modules/typescript/bin/tsc", "-p", "."],
  webTypes: ["node_modules/typescript/bin/tsc", "-p", "web"],
  lint: [
    "node_modules/@biomejs/biome/bin/biome",
    "check",
    "--error-on-warnings",
    "--diagnostic-level=warn",
    "--max-diagnostics=200",
    "--colors=off",
  ],
  deadCode: ["node_modules/knip/bin/knip.js", "--no-progress", "--no-config-hints"],
  unitTests: ["scripts/test.ts", "packages/", "server/src/", "scripts/"],
} as const satisfies { readonly [tool: string]: readonly [script: string, ...words: string[]] }

/** Runs a tool of this project on a tree, with this Node; its output is what is wrong, unless it ends well. */
export function runTool(
  root: string,
  [script, ...words]: (typeof tools)[keyof typeof tools],
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const tool = spawn(process.execPath, [join(projectRoot, script), ...words], { cwd: root })
    const output: Buffer[] = []
    tool.stdout.on("data", chunk => output.push(chunk))
    tool.stderr.on("data", chunk => output.push(chunk))
    tool.on("error", reject)
    tool.on("close", code => {
      const lines = Buffer.concat(output).toString().trim().split("\n")
      resolve(code === 0 ? [] : [...lines.slice(-maxLines), `${script} ended with ${code}`])
    })
  })
}
