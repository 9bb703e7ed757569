/** What is known while a script is checked: what it has required so far, and what is wrong with it. */
import type { Fault, Position } from "../fault.ts"
import { type Capability, impliedBy } from "./capabilities.ts"
import type { Language } from "./language.ts"

export interface Checking {
  readonly language: Language
  readonly required: Set<Capability>
  readonly faults: Fault[]
  readonly warnings: Fault[]
}

export function addFault(checking: Checking, at: Position, text: string): void {
  // No more of them than the script has words; how many are told is for `checkTree` to say.
  checking.faults.push({ at, text })
}

/** What is allowed and cannot be meant. */
export function addWarning(checking: Checking, at: Position, text: string): void {
  checking.warnings.push({ at, text })
}

export function requireCapability(checking: Checking, capability: Capability): void {
  checking.required.add(capability)
  for (const implied of impliedBy[capability] ?? []) checking.required.add(implied)
}
