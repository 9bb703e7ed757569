/** Every RFC that the code cites has a line in rfcs.md, which says how far it is kept. `RFC822` is an item of IMAP's. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { runCheck } from "./run-check.ts"
import { sourceFiles } from "./source-files.ts"

const code = ["packages", "server", "web", "promises", "interop", "bench", "fixtures", "scripts"].map(
  folder => `${folder}/**/*.{ts,tsx,sql}`,
)

/** Cites wrongly on purpose. */
const checksTest = "scripts/checks.test.ts"

export async function checkRfcs(root: string): Promise<readonly string[]> {
  const listFile = join(root, "rfcs.md")
  if (!existsSync(listFile)) return ["rfcs.md is missing"]
  // A line may open with the number alone in a table, or name the RFC anywhere.
  const listed = new Set(
    [...readFileSync(listFile, "utf8").matchAll(/\bRFC (\d+)\b|^\|\s*(\d{3,5})\s*\|/gm)].map(
      match => match[1] ?? match[2],
    ),
  )
  const files = sourceFiles(root, code).filter(file => file !== checksTest)
  const problems: string[] = []
  let citations = 0
  for (const file of files)
    for (const [at, line] of readFileSync(join(root, file), "utf8").split("\n").entries())
      for (const match of line.matchAll(/\bRFC(?!822\b)([ -]?)(\d{1,5})\b/g)) {
        citations += 1
        if (match[1] !== " ") problems.push(`${file}:${at + 1}: write "RFC ${match[2]}", with a space`)
        else if (!listed.has(match[2]))
          problems.push(`${file}:${at + 1}: RFC ${match[2]} has no line in rfcs.md`)
      }
  return citations === 0 ? ["the RFC check found no citation"] : problems
}

if (import.meta.main) await runCheck(checkRfcs)
