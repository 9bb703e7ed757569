/**
 * npm run bench -- NAME [--json] [--option value …]
 *
 * NAME is bench/NAME.ts, or bench/NAME/index.ts, that exports `run(options): Promise<BenchResult>`; a file
 * that exports none is run as a program of its own, with the same options. Without a name: the list of names.
 */
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { type BenchOptions, type BenchResult, printTable } from "./measure/result.ts"

const folder = import.meta.dirname
/** This file is no bench. */
const OWN = new Set(["run"])

function names(): readonly string[] {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.isDirectory()) return existsSync(path.join(folder, entry.name, "index.ts")) ? [entry.name] : []
    if (!entry.name.endsWith(".ts") || entry.name.endsWith(".test.ts")) return []
    const name = path.basename(entry.name, ".ts")
    return OWN.has(name) ? [] : [name]
  })
  return [...new Set(found)].sort()
}

function fileOf(name: string): string | undefined {
  return [`${name}.ts`, path.join(name, "index.ts")]
    .map(one => path.join(folder, one))
    .find(one => existsSync(one))
}

function parseOptions(words: readonly string[]): BenchOptions {
  const options: Record<string, string | boolean> = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ""
    if (!word.startsWith("--")) throw new RangeError(`what is "${word}"? Options begin with --`)
    const [name = "", value] = word.slice(2).split("=", 2)
    const next = words[at + 1]
    if (value !== undefined) options[name] = value
    else if (next !== undefined && !next.startsWith("--")) {
      options[name] = next
      at++
    } else options[name] = true
  }
  return options
}

function print(result: BenchResult, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(result, null, 2))
    return
  }
  for (const table of result.tables) console.log(printTable(table))
  for (const note of result.notes) console.log(`- ${note}`)
}

/** Loading a program would run it: the text tells which kind a file is. */
function exportsRun(file: string): boolean {
  return /^export (async )?(function|const) run\b/m.test(readFileSync(file, "utf8"))
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name.startsWith("--")) {
    console.log(`npm run bench -- NAME [--json]\n\n${names().join("\n")}`)
    return 0
  }
  const file = names().includes(name) ? fileOf(name) : undefined
  if (file === undefined) {
    console.error(`There is no bench "${name}". There are: ${names().join(", ")}`)
    return 2
  }
  if (!exportsRun(file)) return await runProgram(file, rest)
  const options = parseOptions(rest)
  const module: { run: (options: BenchOptions) => Promise<BenchResult> } = await import(
    pathToFileURL(file).href
  )
  print(await module.run(options), options.json === true)
  return 0
}

function runProgram(file: string, words: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...words], { stdio: "inherit" })
    child.once("error", reject)
    child.once("exit", code => resolve(code ?? 1))
  })
}

process.exitCode = await main(process.argv.slice(2))
