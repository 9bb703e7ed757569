/**
 * What the IMAP door announces has a test that names it: each capability of packages/imap's table stands in the name of
 * a test of the door, of the grammar behind it, or of another program against it. A test of the table itself shows
 * nothing.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import ts from "typescript"
import { runCheck } from "./run-check.ts"
import { sourceFiles } from "./source-files.ts"

const table = "packages/imap/src/capabilities.ts"
const tests = [
  "server/src/doors/imap/**/*.test.ts",
  "packages/imap/src/**/*.test.ts",
  "interop/with/*.ts",
  "interop/**/*.test.ts",
]
const testOfTable = "packages/imap/src/capabilities.test.ts"

export async function checkCapabilities(root: string): Promise<readonly string[]> {
  const file = join(root, table)
  if (!existsSync(file)) return [`${table} is missing`]
  const names = await namesIn(file)
  if (names.length === 0) return [`${table} announces nothing`]
  const titles = sourceFiles(root, tests)
    .filter(path => path !== testOfTable)
    .flatMap(path => titlesOf(path, readFileSync(join(root, path), "utf8")))
  return names
    .filter(name => !titles.some(title => holds(title, name)))
    .map(name => `${table}: no test has ${name} in its name`)
}

async function namesIn(file: string): Promise<readonly string[]> {
  const module: unknown = await import(pathToFileURL(file).href)
  const list =
    typeof module === "object" && module !== null && "capabilityTable" in module && module.capabilityTable
  return Array.isArray(list) ? list.map(({ name }: { name: unknown }) => String(name)) : []
}

/** The names of `test(…)`, `suite(…)` and their like, `test.skip` not among them. */
function titlesOf(path: string, text: string): readonly string[] {
  const titles: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && runners.has(node.expression.text)) {
      const [title] = node.arguments
      if (title !== undefined && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)))
        titles.push(title.getText())
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  return titles
}

const runners = new Set(["test", "it", "suite", "describe"])

/** As a word of its own: a test of LIST-STATUS is none of LIST-EXTENDED, nor one of ESORT one of SORT. */
function holds(title: string, name: string): boolean {
  const escaped = name.replace(/[^A-Za-z0-9]/g, "\\$&")
  return new RegExp(`(?<![A-Za-z0-9=+-])${escaped}(?![A-Za-z0-9=+-])`).test(title)
}

if (import.meta.main) await runCheck(checkCapabilities)
