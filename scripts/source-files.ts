import { globSync } from "node:fs"

/** Paths of files, relative to the root, that match one of the globs; what was installed or built is left out. */
export function sourceFiles(root: string, globs: readonly string[]): readonly string[] {
  return globSync([...globs], {
    cwd: root,
    exclude: name => name === "node_modules" || name === "dist",
  }).sort()
}

/** Tests and what only they use, as the walls know them. */
export function isTest(path: string): boolean {
  return /(\.((type-)?test|long-run)\.tsx?|(^|\/)(open-)?test-[^/]+\.ts)$|\/fixtures\//.test(path)
}
