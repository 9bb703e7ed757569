import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { projectRoot } from "./run-check.ts"

/**
 * For the tests of the checks: a small tree of files in which somebody broke a rule. Gives the tree's root to
 * `check` and what it found back; the tree is gone afterwards.
 */
export async function inTree<T>(
  files: Readonly<Record<string, string>>,
  check: (root: string) => Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "letterkeep-check-"))
  try {
    symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return await check(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}
