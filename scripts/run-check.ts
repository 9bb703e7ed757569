import { fileURLToPath } from "node:url"

/** Runs one check by itself: prints its problems and sets the exit code. */
export async function runCheck(check: (root: string) => Promise<readonly string[]>): Promise<void> {
  const problems = await check(projectRoot)
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

export const projectRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "")
