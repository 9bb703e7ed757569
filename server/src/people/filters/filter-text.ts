/** What a filter's text and name may be, and which commands it has. */
import {
  type CommandNode,
  checkScript,
  type Fault,
  parseScript,
  type SieveScript,
  scriptLimits,
} from "@letterkeep/sieve"

export const filterLimits = {
  /** Of an account, one of them active at most. */
  scripts: 20,
  /** Characters of a name (RFC 5804 §1.6 asks for 128). */
  name: 128,
} as const

export type CheckedFilter =
  | {
      readonly kind: "right"
      readonly script: SieveScript
      readonly commands: ReadonlySet<string>
      readonly warnings: readonly Fault[]
    }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] }

export function checkFilter(text: string): CheckedFilter {
  const checked = checkScript(text)
  if (checked.kind === "faulty") return checked
  const { script, warnings } = checked
  return { kind: "right", script, commands: commandsOf(text), warnings }
}

/** The names of all commands that stand in it, wherever. Of a script that was found right. */
function commandsOf(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  const parsed = parseScript(text, scriptLimits)
  const walk = (commands: readonly CommandNode[]): void => {
    for (const { name, block } of commands) {
      names.add(name)
      if (block !== undefined) walk(block)
    }
  }
  if (parsed.kind !== "faulty") walk(parsed.commands)
  return names
}

/** As it is kept and found; undefined where it is no name. */
export function filterName(given: string): string | undefined {
  const name = given.normalize("NFC").trim()
  // RFC 5804 §1.6: no controls, and nothing that ends a line.
  const isName = name !== "" && name.length <= filterLimits.name && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)
  return isName ? name : undefined
}
