/**
 * The walls between the parts of the house: runs dependency-cruiser with `.dependency-cruiser.cjs` and makes
 * sure that it read every module. (With a TypeScript that it does not know it reads none, and passes.)
 */
import { createRequire } from "node:module"
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser"
import { runCheck } from "./run-check.ts"
import { sourceFiles } from "./source-files.ts"

const folders = ["packages", "server", "web", "promises", "interop", "bench", "fixtures", "scripts"]

export async function checkWalls(root: string): Promise<readonly string[]> {
  const wanted = sourceFiles(
    root,
    folders.map(folder => `${folder}/**/*.{ts,tsx}`),
  )
  const config: unknown = createRequire(import.meta.url)("../.dependency-cruiser.cjs")
  const { forbidden, options } = config as { forbidden: object[]; options: ICruiseOptions } // the file beside this one
  const before = process.cwd()
  process.chdir(root) // it resolves node_modules from here
  try {
    const result = await cruise([...wanted], {
      ...options,
      baseDir: root,
      ruleSet: { forbidden },
      validate: true,
    } as ICruiseOptions)
    if (typeof result.output === "string") throw new Error("dependency-cruiser answered with text")
    return judge(result.output, wanted)
  } finally {
    process.chdir(before)
  }
}

function judge(result: ICruiseResult, wanted: readonly string[]): readonly string[] {
  const read = new Set(
    result.modules
      .filter(module => module.dependencies.length > 0 || !module.couldNotResolve)
      .map(module => module.source),
  )
  const unread = wanted.filter(file => !read.has(file))
  const withImports = result.modules.filter(module => module.dependencies.length > 0).length
  if (wanted.length === 0 || withImports === 0)
    return [`the walls check read ${withImports} modules with imports: it checked nothing`]
  return [
    ...unread.map(file => `${file}: the walls check did not read it`),
    ...result.summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`),
  ]
}

if (import.meta.main) await runCheck(checkWalls)
