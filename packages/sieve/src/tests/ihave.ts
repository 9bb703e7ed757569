/**
 *     ihave <capabilities: string-list>          RFC 5463 §4
 *
 * Its answer is known when the script is checked. Where it is no, what stands behind it is not checked; where it is
 * yes, the extensions may be used from here on.
 */
import { isCapability } from "../check/capabilities.ts"
import { addFault, requireCapability } from "../check/checking.ts"
import { texts } from "../check/given.ts"
import type { TestSpec } from "../check/language.ts"
import { constantOf } from "../check/text.ts"

/** These change how strings are read, so that a script has to say at its top whether it wants them (RFC 5463 §4). */
const readsStrings: ReadonlySet<string> = new Set(["variables", "encoded-character"])

export const ihave: TestSpec = {
  name: "ihave",
  needs: ["ihave"],
  takes: [{ name: "the extensions", takes: "strings" }],
  compile(given) {
    const all = texts(given, "the extensions")
    const names = all.map(constantOf)
    const isThere = (name: string) =>
      isCapability(name) && (!readsStrings.has(name) || given.checking.required.has(name))
    const unknown = names.find(name => name === undefined || !isThere(name))
    for (const [index, name] of names.entries())
      if (name === undefined)
        addFault(given.checking, all[index]?.at ?? given.call.at, '"ihave" takes names without variables')
    const yes = unknown === undefined
    if (yes)
      for (const name of names)
        if (name !== undefined && isCapability(name)) requireCapability(given.checking, name)
    const why = () => (yes ? "" : `"${unknown}" is not there`)
    return { always: yes, ask: () => ({ yes, why }) }
  },
}
