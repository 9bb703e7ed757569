/**
 *     require <capabilities: string-list>          RFC 5228 §3.2
 *
 * Stands before all other commands. What it names is taken as it is written: neither variables nor encoded characters
 * are read in it.
 */
import type { CommandNode, StringNode } from "../syntax/tree.ts"
import { isCapability } from "./capabilities.ts"
import { addFault, type Checking, requireCapability } from "./checking.ts"

/** The commands behind the requires at the top. */
export function readRequires(checking: Checking, commands: readonly CommandNode[]): readonly CommandNode[] {
  const first = commands.findIndex(command => command.name !== "require")
  const top = first === -1 ? commands : commands.slice(0, first)
  for (const command of top) readRequire(checking, command)
  return first === -1 ? [] : commands.slice(first)
}

function readRequire(checking: Checking, command: CommandNode): void {
  const names = namesOf(command)
  if (names === undefined) {
    addFault(checking, command.at, '"require" takes a string or a list of strings, and nothing else')
    return
  }
  for (const { at, value } of names) {
    if (isCapability(value)) requireCapability(checking, value)
    else addFault(checking, at, `this server does not know "${value}"`)
  }
}

function namesOf({ args, tests, block }: CommandNode): readonly StringNode[] | undefined {
  const [names, ...more] = args
  if (more.length > 0 || tests.length > 0 || block !== undefined) return undefined
  if (names?.kind === "string") return [names]
  return names?.kind === "list" ? names.strings : undefined
}
