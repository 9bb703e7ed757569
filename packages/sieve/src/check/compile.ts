/**
 * Commands and tests, one by one, and what is the same for all of them: are they known, required, given the right things;
 * each run of one costs a step, and tests leave a line in the trace.
 *
 *     if <test> <block> *( elsif <test> <block> ) [ else <block> ]          RFC 5228 §3.1
 */
import { noteTest, restIfDue, spendStep } from "../run/run.ts"
import { printHead } from "../syntax/print.ts"
import type { CallNode, CommandNode, TestNode } from "../syntax/tree.ts"
import { bind } from "./bind.ts"
import { addFault, addWarning, type Checking } from "./checking.ts"
import type { Given } from "./given.ts"
import type { CallShape, CommandSpec, Condition, Step } from "./language.ts"

const ifShape: CallShape = { name: "if", tests: "one" }
const elseShape: CallShape = { name: "else" }

export function compileBlock(checking: Checking, commands: readonly CommandNode[]): readonly Step[] {
  const steps: Step[] = []
  let ended = false
  for (let at = 0; at < commands.length; ) {
    const command = commands[at]
    if (command === undefined) break
    if (ended) addWarning(checking, command.at, `nothing runs from here: the script has stopped before this`)
    ended = false
    if (command.name === "if") {
      const chain = chainFrom(commands, at)
      steps.push(compileChain(checking, chain))
      at += chain.length
      continue
    }
    const step = compileCommand(checking, command)
    if (step !== undefined) steps.push(step)
    ended = command.name === "stop" || command.name === "error"
    at += 1
  }
  return steps
}

function chainFrom(commands: readonly CommandNode[], start: number): readonly CommandNode[] {
  let end = start + 1
  while (commands[end]?.name === "elsif") end += 1
  if (commands[end]?.name === "else") end += 1
  return commands.slice(start, end)
}

interface Branch {
  readonly condition: Condition | undefined
  readonly block: readonly Step[]
}

function compileChain(checking: Checking, chain: readonly CommandNode[]): Step {
  const branches: Branch[] = []
  /** A branch before this one is always taken. */
  let settled = false
  for (const command of chain) {
    if (command.block === undefined) addFault(checking, command.at, `"${command.name}" needs a block: { … }`)
    if (settled) continue
    const isElse = command.name === "else"
    const values = bind(checking, isElse ? elseShape : { ...ifShape, name: command.name }, command)
    if (values === undefined) continue
    const condition = isElse ? undefined : compileTests(checking, command)[0]
    const block = condition?.always === false ? [] : compileBlock(checking, command.block ?? [])
    branches.push({ condition, block })
    settled = condition?.always === true
  }
  return async run => {
    for (const { condition, block } of branches) {
      spendStep(run)
      if (condition !== undefined && !(await condition.ask(run)).yes) continue
      for (const step of block) if ((await step(run)) === "stop") return "stop"
      return "go-on"
    }
    return "go-on"
  }
}

function compileCommand(checking: Checking, command: CommandNode): Step | undefined {
  const { name, at } = command
  if (name === "require")
    return fault(checking, command, '"require" has to stand at the top, before all other commands')
  if (name === "elsif" || name === "else") return fault(checking, command, `"${name}" has no "if" before it`)
  const spec = checking.language.commands.get(name)
  if (spec === undefined) {
    const hint = checking.language.tests.has(name)
      ? `"${name}" is a test: it stands behind "if"`
      : unknown("command", name)
    return fault(checking, command, hint)
  }
  // With a test between them it is the ";" that is missing, and told elsewhere.
  if (command.block !== undefined && command.tests.length === 0)
    addFault(checking, at, `"${name}" takes no block; it ends with ";"`)
  if (!isRequired(checking, spec, command)) return undefined
  const step = compileGiven(checking, spec, command)
  if (step === undefined) return undefined
  return run => {
    spendStep(run)
    return step(run)
  }
}

function compileGiven(checking: Checking, spec: CommandSpec, command: CommandNode): Step | undefined {
  const given = givenOf(checking, spec, command)
  return given === undefined ? undefined : spec.compile(given)
}

function givenOf(checking: Checking, spec: CallShape, call: CallNode): Given | undefined {
  const values = bind(checking, spec, call)
  if (values === undefined) return undefined
  const conditions = compileTests(checking, call)
  if (conditions.length < call.tests.length && !conditions.some(condition => condition.always !== undefined))
    return undefined
  return { call, checking, values, conditions }
}

/** Those behind one that settles the answer are left out: they can never be asked. */
function compileTests(checking: Checking, call: CallNode): readonly Condition[] {
  const conditions: Condition[] = []
  for (const test of call.tests) {
    const condition = compileTest(checking, test)
    if (condition === undefined) continue
    conditions.push(condition)
    if (condition.always === (call.name === "anyof")) break
  }
  return conditions
}

function compileTest(checking: Checking, test: TestNode): Condition | undefined {
  const { name } = test
  const spec = checking.language.tests.get(name)
  if (spec === undefined) {
    const isCommand =
      checking.language.commands.has(name) || ["if", "elsif", "else", "require"].includes(name)
    const hint = isCommand
      ? `"${name}" is a command, not a test: a ";" may be missing before it`
      : unknown("test", name)
    return fault(checking, test, hint)
  }
  if (!isRequired(checking, spec, test)) return undefined
  const given = givenOf(checking, spec, test)
  const condition = given === undefined ? undefined : spec.compile(given)
  if (condition === undefined) return undefined
  const said = printHead(test)
  const ask: Condition["ask"] = async run => {
    spendStep(run)
    const rest = restIfDue(run)
    if (rest !== undefined) await rest
    const verdict = await condition.ask(run)
    noteTest(run, test.at, said, verdict)
    return verdict
  }
  return condition.always === undefined ? { ask } : { ask, always: condition.always }
}

function isRequired(checking: Checking, { name, needs }: CallShape, call: CallNode): boolean {
  if (needs === undefined || needs.some(capability => checking.required.has(capability))) return true
  fault(
    checking,
    call,
    `"${name}" needs require ${needs.map(one => `"${one}"`).join(" or ")} at the top of the script`,
  )
  return false
}

function fault(checking: Checking, call: CallNode, text: string): undefined {
  addFault(checking, call.at, text)
  return undefined
}

function unknown(what: string, name: string): string {
  return `this server knows no ${what} "${name}"`
}
