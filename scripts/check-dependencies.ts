/**
 * Every dependency has its line in docs/dependencies.md (what for, what else was weighed, what it may touch),
 * every line has its dependency, and every version is exact.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runCheck } from "./run-check.ts"
import { sourceFiles } from "./source-files.ts"

export async function checkDependencies(root: string): Promise<readonly string[]> {
  const manifests = sourceFiles(root, [
    "package.json",
    "packages/*/package.json",
    "server/package.json",
    "web/package.json",
  ])
  const page = readFileSync(join(root, "docs/dependencies.md"), "utf8")
  const lines = new Map(
    [...page.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(match => [match[1] ?? "", match[2] ?? ""]),
  )
  const used = new Set<string>()
  const problems: string[] = []
  for (const file of manifests)
    for (const [name, version] of dependenciesOf(readFileSync(join(root, file), "utf8"))) {
      if (name.startsWith("@letterkeep/")) continue
      used.add(name)
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        problems.push(`${file}: ${name} has no exact version (${version})`)
      if (!lines.has(name)) problems.push(`${file}: ${name} has no line in docs/dependencies.md`)
    }
  for (const [name, cells] of lines) {
    if (!used.has(name)) problems.push(`docs/dependencies.md: ${name} is no dependency any more`)
    if (cells.split("|").length !== 3 || cells.split("|").some(cell => cell.trim() === ""))
      problems.push(
        `docs/dependencies.md: ${name} needs what for, what else was weighed and what it may touch`,
      )
  }
  return used.size === 0 ? ["the dependency check found no dependency"] : [...new Set(problems)]
}

function dependenciesOf(manifest: string): readonly (readonly [string, string])[] {
  const read: unknown = JSON.parse(manifest)
  if (typeof read !== "object" || read === null) return []
  const tables = new Map<string, unknown>(Object.entries(read))
  return ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].flatMap(table =>
    Object.entries(tables.get(table) ?? {}).map(([name, version]) => [name, String(version)] as const),
  )
}

if (import.meta.main) await runCheck(checkDependencies)
