/**
 * `./letterkeep`: a client of the control door. Exit codes: 0 done, 1 refused by the server, 2 not understood,
 * 130 given up with Ctrl+C while a secret was typed.
 */
import { faultText, scriptText } from "@letterkeep/sieve"
import type { ControlRequest } from "../doors/control/frames.ts"
import { scriptFileLimit } from "./check-sieve.ts"
import { ask } from "./client.ts"
import { doHere, type HereReport } from "./here.ts"
import { openOutFile } from "./out-file.ts"
import { help, type ParsedCommand, parseCall } from "./parse.ts"
import { readSome } from "./read-some.ts"
import { type Typed, typeSecrets } from "./type-secrets.ts"
import { UsageError } from "./usage-error.ts"

/** Secrets on standard input, all lines together. Octets. */
const stdinLimit = 64 * 1024

async function readLines(names: readonly string[]): Promise<Record<string, string>> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > stdinLimit) throw new UsageError("standard input is too long")
    chunks.push(bytes)
  }
  const lines = Buffer.concat(chunks).toString("utf8").split(/\r?\n/)
  const read: Record<string, string> = {}
  names.forEach((name, index) => {
    const line = lines[index]
    if (line === undefined || line === "")
      throw new UsageError(`standard input should have ${names.length} line(s): ${names.join(", ")}`)
    read[name] = line
  })
  return read
}

/** Typed at a terminal, without an echo; or piped in, line by line. */
async function readSecrets(names: readonly string[]): Promise<Typed> {
  const { stdin, stderr } = process
  if (names.length === 0) return { kind: "typed", secrets: {} }
  if (stdin.isTTY) return await typeSecrets(names, stdin, text => void stderr.write(text))
  return { kind: "typed", secrets: await readLines(names) }
}

/** Resolves when the reader of our output has taken it. */
async function writeOut(chunk: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(chunk, error => (error == null ? resolve() : reject(error)))
  })
}

// Whoever reads our output may have enough before its end, as `head` does.
process.stdout.on("error", error => {
  if ("code" in error && error.code === "EPIPE") process.exit(0)
  throw error
})

/** What comes as bytes goes to standard output, or into the file `out`, which is kept only when all went well. */
async function askInto(out: string | undefined, dataFolder: string, request: ControlRequest) {
  const progress = (text: string): void => console.error(text)
  if (out === undefined) return await ask(dataFolder, request, { progress, bytes: writeOut })
  const file = await openOutFile(out)
  let isWhole = false
  try {
    const answer = await ask(dataFolder, request, { progress, bytes: file.write })
    isWhole = answer.kind === "done"
    return answer
  } finally {
    await (isWhole ? file.keep() : file.drop())
  }
}

/** What has to be seen before an answer is typed: on standard error, so that a program's output stays its own. */
async function showFirst(dataFolder: string, request: ControlRequest): Promise<object | string> {
  const answer = await ask(dataFolder, request, { progress: text => console.error(text), bytes: writeOut })
  if (answer.kind === "failed") return answer.message
  if (answer.kind !== "done" || typeof answer.value !== "object" || answer.value === null)
    throw new Error("what has to be shown first was not told")
  console.error(answer.text)
  return answer.value
}

function sayFailure(message: string, json: boolean): number {
  if (json) console.log(JSON.stringify({ error: message }))
  console.error(`letterkeep: ${message}`)
  return 1
}

/** What is not fine goes to standard error, as a server's refusals do. */
function sayReport({ fine, text, value }: HereReport, json: boolean): number {
  if (json) console.log(JSON.stringify(value))
  else if (fine) console.log(text)
  else console.error(text)
  return fine ? 0 : 1
}

/** The text of the file that an argument names stands in its place. */
async function withText({
  command,
  arguments: given,
}: ParsedCommand): Promise<Readonly<Record<string, unknown>>> {
  const { reads } = command
  if (reads === undefined) return given
  const { [reads.argument]: path, ...rest } = given
  const read = scriptText(await readSome(String(path), scriptFileLimit, "a filter"))
  if (read.kind === "faulty") throw new UsageError(`${path}: ${faultText(read.fault)}`)
  return { ...rest, [reads.as]: read.text }
}

async function main(): Promise<number> {
  const call = parseCall(process.argv.slice(2))
  if (call.kind === "help") {
    console.log(help())
    return 0
  }
  const { here } = call.command
  if (here !== undefined) return sayReport(await doHere(here, call.arguments), call.json)
  const { first } = call.command
  const shown =
    first === undefined ? {} : await showFirst(call.dataFolder, { command: first, arguments: call.arguments })
  if (typeof shown === "string") return sayFailure(shown, call.json)
  const typed = await readSecrets(call.command.stdin ?? [])
  if (typed.kind === "interrupted") return 130
  const request = {
    command: call.command.words.replaceAll(" ", "."),
    arguments: { ...(await withText(call)), ...shown, ...typed.secrets },
  }
  const answer = await askInto(call.out, call.dataFolder, request)
  switch (answer.kind) {
    case "done":
      if (call.json) console.log(JSON.stringify(answer.value))
      else if (answer.text !== "") console.log(answer.text)
      return 0
    case "failed":
      return sayFailure(answer.message, call.json)
    case "progress":
      throw new Error("progress is not the last word")
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`letterkeep: ${error.message}`)
  process.exitCode = 2
}
