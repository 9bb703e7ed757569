/**
 * A tree of names becomes a script that can be run, or a list of what is wrong with it. What comes out has been
 * checked in every place that can ever run: required extensions, arguments, tests, blocks.
 */
import type { Fault } from "../fault.ts"
import type { ScriptLimits } from "../limits.ts"
import type { CommandNode } from "../syntax/tree.ts"
import type { Capability } from "./capabilities.ts"
import type { Checking } from "./checking.ts"
import { compileBlock } from "./compile.ts"
import type { Language, Step } from "./language.ts"
import { readRequires } from "./require.ts"

/** Made by `checkTree` alone; run by `runScript`. It holds no state of a run, and can be run any number of times. */
export interface SieveScript {
  readonly steps: readonly Step[]
  readonly capabilities: ReadonlySet<Capability>
}

export type Checked =
  | { readonly kind: "script"; readonly script: SieveScript; readonly warnings: readonly Fault[] }
  /** At least one, in the order of the script. */
  | { readonly kind: "faulty"; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] }

/** Never throws, whatever the tree is. */
export function checkTree(
  commands: readonly CommandNode[],
  language: Language,
  limits: ScriptLimits,
): Checked {
  const checking: Checking = { language, required: new Set(), faults: [], warnings: [] }
  const body = readRequires(checking, commands)
  const steps = compileBlock(checking, body)
  const warnings = checking.warnings.slice(0, limits.faults)
  if (checking.faults.length > 0) {
    const inOrder = checking.faults.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
    return { kind: "faulty", faults: inOrder.slice(0, limits.faults), warnings }
  }
  return { kind: "script", script: { steps, capabilities: checking.required }, warnings }
}
