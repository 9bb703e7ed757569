/**
 * Words into a tree, by the grammar in `tree.ts`. It stops at the first fault, says what stands there and what was
 * expected, and looks no further than one word ahead.
 */
import { type Fault, type Position, SyntaxFaultError } from "../fault.ts"
import type { ScriptLimits } from "../limits.ts"
import { createLexer, type Mark, type Token } from "./lexer.ts"
import type { ArgumentNode, CallNode, CommandNode, StringNode, TestNode } from "./tree.ts"

export type Parsed =
  | { readonly kind: "tree"; readonly commands: readonly CommandNode[] }
  | { readonly kind: "faulty"; readonly fault: Fault }

interface Reading {
  readonly limits: ScriptLimits
  readonly take: () => Token
  readonly peek: () => Token
}

/** Never throws, whatever the text is. */
export function parseScript(text: string, limits: ScriptLimits): Parsed {
  const start = { line: 1, column: 1 }
  if (text.length > limits.scriptLength)
    return faulty(start, `the script has ${text.length} characters; ${limits.scriptLength} are allowed`)
  try {
    const reading = openReading(text, limits)
    const commands: CommandNode[] = []
    while (reading.peek().kind !== "end") commands.push(readCommand(reading, 0))
    return { kind: "tree", commands }
  } catch (error) {
    if (!(error instanceof SyntaxFaultError)) throw error
    return { kind: "faulty", fault: error.fault }
  }
}

function faulty(at: Position, text: string): Parsed {
  return { kind: "faulty", fault: { at, text } }
}

function openReading(text: string, limits: ScriptLimits): Reading {
  const lexer = createLexer(text)
  let tokens = 0
  let ahead: Token | undefined
  const peek = (): Token => {
    ahead ??= lexer.next()
    return ahead
  }
  const take = (): Token => {
    const token = peek()
    tokens += 1
    if (tokens > limits.tokens)
      throw new SyntaxFaultError(token.at, `the script has more than ${limits.tokens} words`)
    ahead = undefined
    return token
  }
  return { limits, take, peek }
}

function readCommand(reading: Reading, depth: number): CommandNode {
  const token = reading.take()
  if (token.kind !== "identifier") throw unexpected(token, 'a command, such as "keep"')
  const given = readArguments(reading, depth)
  const next = reading.take()
  const common = { kind: "command", at: token.at, name: token.value, ...given } as const
  if (isMark(next, ";")) return { ...common, block: undefined }
  if (isMark(next, "{")) return { ...common, block: readBlock(reading, next.at, depth + 1) }
  const more = given.args.length + given.tests.length > 0 ? " and what it is given" : ""
  throw unexpected(next, `";" or "{" after "${token.value}"${more}`)
}

function readBlock(reading: Reading, at: Position, depth: number): readonly CommandNode[] {
  heedDepth(reading, at, depth)
  const commands: CommandNode[] = []
  for (;;) {
    const next = reading.peek()
    if (next.kind === "end")
      throw new SyntaxFaultError(at, 'the block that begins here has no "}" at its end')
    if (isMark(next, "}")) {
      reading.take()
      return commands
    }
    commands.push(readCommand(reading, depth))
  }
}

function readArguments(reading: Reading, depth: number): Omit<CallNode, "at" | "name"> {
  const args: ArgumentNode[] = []
  for (;;) {
    const next = reading.peek()
    if (next.kind === "string") {
      reading.take()
      args.push(stringNode(next.at, next.value))
    } else if (next.kind === "number") {
      reading.take()
      args.push({ kind: "number", at: next.at, value: next.value })
    } else if (next.kind === "tag") {
      reading.take()
      args.push({ kind: "tag", at: next.at, name: next.value })
    } else if (isMark(next, "[")) args.push(readList(reading))
    else if (isMark(next, "(")) return { args, tests: readTestList(reading, depth + 1), listed: true }
    else if (next.kind === "identifier") return { args, tests: [readTest(reading, depth + 1)], listed: false }
    else return { args, tests: [], listed: false }
  }
}

function stringNode(at: Position, value: string): StringNode {
  return { kind: "string", at, value }
}

/** string-list = "[" string *("," string) "]" (RFC 5228 §8.2): never empty. */
function readList(reading: Reading): ArgumentNode {
  const { at } = reading.take()
  const strings: StringNode[] = []
  for (;;) {
    const item = reading.take()
    if (item.kind !== "string")
      throw unexpected(
        item,
        isMark(item, "]") && strings.length === 0 ? "a string: a list is never empty" : "a string",
      )
    if (strings.length >= reading.limits.listItems)
      throw new SyntaxFaultError(item.at, `a list has at most ${reading.limits.listItems} strings`)
    strings.push(stringNode(item.at, item.value))
    const next = reading.take()
    if (isMark(next, "]")) return { kind: "list", at, strings }
    if (!isMark(next, ",")) throw unexpected(next, '"," or "]" in the list')
  }
}

function readTestList(reading: Reading, depth: number): readonly TestNode[] {
  const { at } = reading.take()
  heedDepth(reading, at, depth)
  const tests: TestNode[] = []
  for (;;) {
    tests.push(readTest(reading, depth))
    const next = reading.take()
    if (isMark(next, ")")) return tests
    if (!isMark(next, ",")) throw unexpected(next, '"," or ")" after a test')
  }
}

function readTest(reading: Reading, depth: number): TestNode {
  const token = reading.take()
  if (token.kind !== "identifier") throw unexpected(token, 'a test, such as "header"')
  heedDepth(reading, token.at, depth)
  return { kind: "test", at: token.at, name: token.value, ...readArguments(reading, depth) }
}

function heedDepth(reading: Reading, at: Position, depth: number): void {
  if (depth > reading.limits.nesting)
    throw new SyntaxFaultError(
      at,
      `blocks and tests stand at most ${reading.limits.nesting} deep in one another`,
    )
}

function isMark(token: Token, mark: Mark): boolean {
  return token.kind === "mark" && token.value === mark
}

function unexpected(token: Token, wanted: string): SyntaxFaultError {
  return new SyntaxFaultError(token.at, `${shownToken(token)} stands where ${wanted} was expected`)
}

function shownToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end of the script"
    case "string":
      return "a string"
    case "number":
      return `the number ${token.value}`
    case "tag":
      return `":${token.value}"`
    case "identifier":
    case "mark":
      return `"${token.value}"`
  }
}
