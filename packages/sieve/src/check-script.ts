/** From the text of a script to a script that can be run, in one call. */

import { type Checked, checkTree } from "./check/check-tree.ts"
import { language } from "./language.ts"
import { type ScriptLimits, scriptLimits } from "./limits.ts"
import { parseScript } from "./syntax/parser.ts"

/** Never throws, whatever the text is. A script that does not read has one fault, the first one. */
export function checkScript(text: string, limits: Partial<ScriptLimits> = {}): Checked {
  const all = { ...scriptLimits, ...limits }
  const parsed = parseScript(text, all)
  if (parsed.kind === "faulty") return { kind: "faulty", faults: [parsed.fault], warnings: [] }
  return checkTree(parsed.commands, language, all)
}
