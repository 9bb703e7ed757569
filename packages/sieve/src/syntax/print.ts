/** A tree as text again: what is printed reads as the same tree, places and comments apart. */
import type { ArgumentNode, CallNode, CommandNode } from "./tree.ts"

export function printScript(commands: readonly CommandNode[]): string {
  return printCommands(commands, 0)
}

function printCommands(commands: readonly CommandNode[], depth: number): string {
  return commands.map(command => `${printCommand(command, depth)}\n`).join("")
}

function printCommand(command: CommandNode, depth: number): string {
  const indent = "  ".repeat(depth)
  const head = `${indent}${printCall(command)}`
  if (command.block === undefined) return `${head};`
  return `${head} {\n${printCommands(command.block, depth + 1)}${indent}}`
}

function printCall(call: CallNode): string {
  const tests = call.tests.map(printCall).join(", ")
  const shown = call.listed ? [`(${tests})`] : call.tests.length > 0 ? [tests] : []
  return [printHead(call), ...shown].join(" ")
}

/** Without the tests inside: `header :contains "subject" "sale"`. */
export function printHead(call: CallNode): string {
  return [call.name, ...call.args.map(printArgument)].join(" ")
}

function printArgument(argument: ArgumentNode): string {
  switch (argument.kind) {
    case "tag":
      return `:${argument.name}`
    case "number":
      return String(argument.value)
    case "string":
      return printString(argument.value)
    case "list":
      return `[${argument.strings.map(string => printString(string.value)).join(", ")}]`
  }
}

function printString(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`
}
