/**
 * The commands in which Pigeonhole's tests are written, as far as a run without a mail store needs them. A test that uses
 * others (its words for errors, its mail store, its settings) does not compile here, and is not run.
 */
import { readFileSync } from "node:fs"
import { scanMessage } from "@letterkeep/mime"
import { isCapability } from "../../packages/sieve/src/check/capabilities.ts"
import { type Given, numberIfGiven, text, texts } from "../../packages/sieve/src/check/given.ts"
import type { Language, Step, TestSpec } from "../../packages/sieve/src/check/language.ts"
import {
  type CommandNode,
  checkScript,
  parseScript,
  type RunOutcome,
  runScript,
  type SieveScript,
  scriptLimits,
  sieveMessage,
} from "../../packages/sieve/src/index.ts"
import { language } from "../../packages/sieve/src/language.ts"
import { compileMatching, matchAny, matchTags } from "../../packages/sieve/src/match/matching.ts"
import { fill, fillAll, type Run } from "../../packages/sieve/src/run/run.ts"

/** A test says that it has failed. */
export class TestFailure extends Error {
  override readonly name = "TestFailure"
}

/** A test needs an extension that there is not. */
export class NotCovered extends Error {
  override readonly name = "NotCovered"
}

/** What a test's commands change besides the run: what it looks at next. */
export interface SuiteState {
  run: Run
  readonly mailboxes: Set<string>
  script: SieveScript | undefined
  outcome: RunOutcome | undefined
}

/** `fileOf`: the path of a script that a test names. */
export function suiteLanguage(state: SuiteState, fileOf: (name: string) => string): Language {
  const setting = (given: Given): Step => {
    return run => {
      const name = fill(run, text(given, "the setting"))
      const value = fill(run, text(given, "the value"))
      // The run is the suite's own; a script's sees neither change.
      if (name === "message") Object.assign(run, { message: sieveMessage(scanMessage(Buffer.from(value))) })
      const part = /^envelope\.(from|to)$/.exec(name)?.[1]
      if (part !== undefined)
        Object.assign(run, { envelope: { ...run.envelope, [part]: value.replace(/^<(.*)>$/, "$1") } })
      return "go-on"
    }
  }
  const compile: TestSpec = {
    name: "test_script_compile",
    takes: [{ name: "the file", takes: "string" }],
    compile: given => ({
      ask(run) {
        const script = readFileSync(fileOf(fill(run, text(given, "the file"))), "utf8")
        const unknown = unknownIn(script)
        if (unknown !== undefined) throw new NotCovered(`there is no ${unknown}`)
        const checked = checkScript(script)
        state.script = checked.kind === "script" ? checked.script : undefined
        return { yes: checked.kind === "script", why: () => "" }
      },
    }),
  }
  const running: TestSpec = {
    name: "test_script_run",
    compile: () => ({
      async ask({ message, envelope, world, limits }) {
        if (state.script === undefined) return { yes: false, why: () => "" }
        state.outcome = await runScript(state.script, { message, envelope, world, limits })
        return { yes: state.outcome.kind === "finished", why: () => "" }
      },
    }),
  }
  const actions: TestSpec = {
    name: "test_result_action",
    tags: { index: { takes: "number" }, ...matchTags },
    takes: [{ name: "the keys", takes: "strings" }],
    compile(given) {
      const matching = compileMatching(given)
      const keys = texts(given, "the keys")
      const index = numberIfGiven(given, ":index")
      if (matching === undefined) return undefined
      return {
        ask(run) {
          const kinds = state.outcome?.actions.map(({ kind }) => (kind === "fileinto" ? "store" : kind)) ?? []
          const chosen = index === undefined ? kinds : kinds.slice(index - 1, index)
          const values = chosen.map(value => ({ name: "an action", value }))
          return matchAny(run, matching, values, fillAll(run, keys), "")
        },
      }
    },
  }
  const failure = {
    name: "test_fail",
    takes: [{ name: "the reason", takes: "string" }],
    compile: (given: Given): Step => {
      return run => {
        throw new TestFailure(`line ${given.call.at.line}: ${fill(run, text(given, "the reason"))}`)
      }
    },
  } as const
  const set = {
    name: "test_set",
    takes: [
      { name: "the setting", takes: "string" },
      { name: "the value", takes: "string" },
    ],
    compile: setting,
  } as const
  const mailbox = {
    name: "test_mailbox_create",
    takes: [{ name: "the mailbox", takes: "string" }],
    compile: (given: Given): Step => {
      return run => {
        state.mailboxes.add(fill(run, text(given, "the mailbox")))
        return "go-on"
      }
    },
  } as const
  return {
    commands: new Map([
      ...language.commands,
      ...[failure, set, mailbox].map(one => [one.name, one] as const),
    ]),
    tests: new Map([
      ...language.tests,
      ...[compile, running, actions].map(test => [test.name, test] as const),
    ]),
  }
}

/** The first extension that a script requires and there is not; none in a script that does not read. */
export function unknownIn(script: string): string | undefined {
  const parsed = parseScript(script, scriptLimits)
  return parsed.kind === "tree" ? requiredBy(parsed.commands).find(name => !isCapability(name)) : undefined
}

export function requiredBy(commands: readonly CommandNode[]): readonly string[] {
  return commands
    .filter(command => command.name === "require")
    .flatMap(({ args }) => args)
    .flatMap(argument => {
      return argument.kind === "list" ? argument.strings : argument.kind === "string" ? [argument] : []
    })
    .map(string => string.value)
}
