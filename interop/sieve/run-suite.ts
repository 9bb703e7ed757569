/** Runs one file of Pigeonhole's tests: what stands between its tests, and each test, in their order. */
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { inputOf } from "../../packages/sieve/fixtures/running.ts"
import { isCapability } from "../../packages/sieve/src/check/capabilities.ts"
import { type Checking, requireCapability } from "../../packages/sieve/src/check/checking.ts"
import { compileBlock } from "../../packages/sieve/src/check/compile.ts"
import { type CommandNode, faultText, parseScript, scriptLimits } from "../../packages/sieve/src/index.ts"
import { type Run, ScriptRunError } from "../../packages/sieve/src/run/run.ts"
import { openRun } from "../../packages/sieve/src/run/run-script.ts"
import { NotCovered, requiredBy, type SuiteState, suiteLanguage, TestFailure } from "./suite-language.ts"

export type TestResult =
  | { readonly kind: "passed"; readonly name: string }
  | { readonly kind: "failed"; readonly name: string; readonly why: string }
  /** It uses what this server or the suite's runner does not have. */
  | { readonly kind: "not-run"; readonly name: string; readonly why: string }

/** Never rejects for what a test does; an array of one where the file asks for what there is not. */
export async function runSuite(file: string): Promise<readonly TestResult[]> {
  const parsed = parseScript(readFileSync(file, "utf8"), scriptLimits)
  if (parsed.kind === "faulty") return [{ kind: "failed", name: "the file", why: faultText(parsed.fault) }]
  const wanted = requiredBy(parsed.commands).filter(name => name !== "vnd.dovecot.testsuite")
  const missing = wanted.find(name => !isCapability(name))
  if (missing !== undefined) return [{ kind: "not-run", name: "the file", why: `there is no ${missing}` }]
  const state: SuiteState = {
    run: newRun(new Set()),
    mailboxes: new Set(),
    script: undefined,
    outcome: undefined,
  }
  const checking: Checking = {
    language: suiteLanguage(state, name => join(dirname(file), name)),
    required: new Set(),
    faults: [],
    warnings: [],
  }
  for (const name of wanted) if (isCapability(name)) requireCapability(checking, name)
  const results: TestResult[] = []
  for (const piece of piecesOf(parsed.commands)) {
    const result = await runPiece(checking, state, piece)
    if (piece.isTest || result.kind !== "passed") results.push(result)
  }
  return results
}

interface Piece {
  readonly name: string
  readonly isTest: boolean
  readonly commands: readonly CommandNode[]
}

/** What stands between two tests runs as a whole, since an "else" belongs to the "if" before it. */
function piecesOf(commands: readonly CommandNode[]): readonly Piece[] {
  const pieces: Piece[] = []
  let between: CommandNode[] = []
  const end = () => {
    if (between.length > 0) pieces.push({ name: "between the tests", isTest: false, commands: between })
    between = []
  }
  for (const command of commands) {
    if (command.name === "test") {
      end()
      const [name] = command.args
      pieces.push({
        name: name?.kind === "string" ? name.value : "",
        isTest: true,
        commands: command.block ?? [],
      })
    } else if (command.name !== "require") between.push(command)
  }
  end()
  return pieces
}

async function runPiece(
  checking: Checking,
  state: SuiteState,
  { name, commands }: Piece,
): Promise<TestResult> {
  const before = checking.faults.length
  const steps = compileBlock(checking, commands)
  const faults = checking.faults.slice(before)
  const uncovered = faults.find(fault => /knows no (command|test) "test_/.test(fault.text))
  if (uncovered !== undefined) return { kind: "not-run", name, why: faultText(uncovered) }
  if (faults.length > 0) return { kind: "failed", name, why: faults.map(faultText).join("; ") }
  // Variables and flags outlive a test; what it asked for does not.
  const { message, envelope, variables, matches, flags } = state.run
  state.run = { ...newRun(state.mailboxes), message, envelope, variables, matches, flags }
  try {
    for (const step of steps) if ((await step(state.run)) === "stop") break
    return { kind: "passed", name }
  } catch (error) {
    if (error instanceof TestFailure || error instanceof ScriptRunError)
      return { kind: "failed", name, why: error.message }
    if (error instanceof NotCovered) return { kind: "not-run", name, why: error.message }
    throw error
  }
}

function newRun(mailboxes: ReadonlySet<string>): Run {
  const { message, envelope, world } = inputOf({
    message: "\n",
    from: "sender@example.com",
    to: "recipient@example.com",
  })
  return openRun({
    message,
    envelope,
    world: { ...world, offsetAt: () => 0, mailboxExists: name => mailboxes.has(name) },
  })
}
