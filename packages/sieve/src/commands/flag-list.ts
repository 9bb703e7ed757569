/**
 * Lists of flags: strings that hold flags parted by spaces, each flag once in any case (RFC 5232 §2).
 *
 *     flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword     RFC 9051 §9
 *
 * \Recent and other names with a backslash are no flags that a script may set; they are left out.
 */
import { addFault } from "../check/checking.ts"
import type { Given } from "../check/given.ts"
import { constantOf, type Text } from "../check/text.ts"
import { type Run, ScriptLimitError, setVariable } from "../run/run.ts"
import { isVariableName } from "./variable-name.ts"

const systemFlags: ReadonlySet<string> = new Set([
  "\\answered",
  "\\flagged",
  "\\deleted",
  "\\seen",
  "\\draft",
])

/** atom-char, without what would end it, and within ASCII. */
const keyword = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/

export function flagsIn(run: Run, lists: readonly string[]): readonly string[] {
  const flags = new Map<string, string>()
  for (const flag of lists.flatMap(list => list.split(/[ \t\r\n]+/))) {
    const folded = flag.toLowerCase()
    if (flags.has(folded) || !(systemFlags.has(folded) || keyword.test(flag))) continue
    if (flags.size >= run.limits.flags)
      throw new ScriptLimitError(`more than ${run.limits.flags} flags are asked for`)
    flags.set(folded, flag)
  }
  return [...flags.values()]
}

export function flagsOfVariable(run: Run, name: string): readonly string[] {
  return flagsIn(run, [run.variables.get(name.toLowerCase()) ?? ""])
}

/** Into a variable, or without a name into the internal one. */
export function storeFlags(run: Run, name: string | undefined, flags: readonly string[]): void {
  if (name === undefined) run.flags = flags
  else setVariable(run, name, flags.join(" "))
}

/** Names of variables need "variables", and have to be such. False where it added a fault. */
export function checkFlagVariables(given: Given, names: readonly Text[] | undefined): boolean {
  if (names === undefined) return true
  const { checking } = given
  const [first] = names
  if (first !== undefined && !checking.required.has("variables")) {
    addFault(
      checking,
      first.at,
      `the name of a variable here needs require "variables" at the top of the script`,
    )
    return false
  }
  const wrong = names.find(name => !isVariableName(constantOf(name) ?? ""))
  if (wrong === undefined) return true
  addFault(
    checking,
    wrong.at,
    "a variable's name is letters, digits and underscores, and begins with no digit",
  )
  return false
}
