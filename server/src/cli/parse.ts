import { userInfo } from "node:os"
import { parseArgs } from "node:util"
import type { CliCommand, OptionKind } from "./cli-command.ts"
import { cliCommands } from "./commands.ts"
import { UsageError } from "./usage-error.ts"

export type ParsedCall =
  | { readonly kind: "help" }
  | {
      readonly kind: "command"
      readonly command: CliCommand
      readonly arguments: Readonly<Record<string, unknown>>
      readonly dataFolder: string
      readonly json: boolean
      /** The file that the answer's bytes go to, in place of standard output. */
      readonly out: string | undefined
    }

export type ParsedCommand = Extract<ParsedCall, { kind: "command" }>

/** Reads the words after `./letterkeep`. Errors say what would have been right. */
export function parseCall(argv: readonly string[], login = loginName): ParsedCall {
  const { values, positionals } = readOptions(argv)
  if (values.help === true || positionals.length === 0 || positionals[0] === "help") return { kind: "help" }
  const command = findCommand(positionals)
  const given = positionals.slice(command.words.split(" ").length)
  const names = command.mayTake === undefined ? command.takes : [...command.takes, command.mayTake]
  if (given.length < command.takes.length || given.length > names.length)
    throw new UsageError(`it goes: ${usageOf(command)}`)
  const args: Record<string, unknown> = {}
  names.forEach((name, index) => {
    if (given[index] !== undefined) args[name] = given[index]
  })
  for (const [name, value] of Object.entries(values)) {
    if (name === "data" || name === "json" || name === "help") continue
    const kind = command.options?.[name]
    if (kind === undefined)
      throw new UsageError(`"${command.words}" takes no --${name}. It goes: ${usageOf(command)}`)
    if (name !== "password-stdin" && kind !== "file")
      args[name] = kind === "list" ? String(value).split(",") : value
  }
  for (const [name, kind] of Object.entries(command.options ?? {}))
    if (kind === "login") args[name] ??= login()
  if (command.options?.["password-stdin"] !== undefined && values["password-stdin"] !== true)
    throw new UsageError(
      `passwords come from standard input: add --password-stdin, and type it when asked, or pipe it in`,
    )
  const file = Object.entries(command.options ?? {}).find(([, kind]) => kind === "file")?.[0]
  const out = file === undefined ? undefined : values[file]
  if (file !== undefined && (typeof out !== "string" || out === ""))
    throw new UsageError(`say where to write it. It goes: ${usageOf(command)}`)
  return {
    kind: "command",
    command,
    arguments: args,
    dataFolder: typeof values.data === "string" ? values.data : "data",
    json: values.json === true,
    out: typeof out === "string" ? out : undefined,
  }
}

/** Of whoever typed the command, also through sudo; undefined for a user id without a name. */
function loginName(): string | undefined {
  try {
    return process.env.SUDO_USER ?? userInfo().username
  } catch {
    return undefined
  }
}

function readOptions(argv: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean" }> = {
    data: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }
  for (const command of cliCommands)
    for (const [name, kind] of Object.entries(command.options ?? {}))
      options[name] = { type: kind === "flag" ? "boolean" : "string" }
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : "the options were not understood", {
      cause,
    })
  }
}

function findCommand(positionals: readonly string[]): CliCommand {
  const said = positionals.join(" ")
  const found = cliCommands.find(({ words }) => said === words || said.startsWith(`${words} `))
  if (found !== undefined) return found
  const near = cliCommands.filter(({ words }) => words.split(" ")[0] === positionals[0])
  if (near.length === 0)
    throw new UsageError(`there is no command "${positionals[0]}". See: ./letterkeep help`)
  throw new UsageError(`it goes: ${near.map(usageOf).join("\n     or: ")}`)
}

export function usageOf(command: CliCommand): string {
  const options = Object.entries(command.options ?? {}).map(([name, kind]) => usageOfOption(name, kind))
  const last = command.mayTake === undefined ? [] : [`[${command.mayTake.toUpperCase()}]`]
  const names = [...command.takes.map(name => name.toUpperCase()), ...last]
  return [`letterkeep ${command.words}`, ...names, ...options].join(" ")
}

/** In brackets where it may be left out. */
function usageOfOption(name: string, kind: OptionKind): string {
  if (name === "password-stdin") return "--password-stdin"
  if (name === "reason") return "--reason TEXT"
  if (kind === "login") return `[--${name} NAME]`
  if (kind === "file") return `--${name} FILE`
  return kind === "flag" ? `[--${name}]` : `[--${name} ${name.toUpperCase()}]`
}

export function help(): string {
  const width = Math.max(...cliCommands.map(command => usageOf(command).length))
  const lines = (here: boolean) =>
    cliCommands
      .filter(command => (command.here !== undefined) === here)
      .map(command => `  ${usageOf(command).padEnd(width)}  ${command.does}`)
  return [
    "letterkeep serve [--data DIR] [--config FILE] [--ready-file FILE] [--roles LIST]",
    "",
    "To a server that runs on this machine (all take --data DIR, default ./data, and --json):",
    "",
    ...lines(false),
    "",
    "Without a server:",
    "",
    ...lines(true),
  ].join("\n")
}
