/**
 *     set [MODIFIER] <name: string> <value: string>          RFC 5229 §4
 *
 * Modifiers work in the order of their precedence, the highest first; two of one precedence do not go together.
 */
import { addFault } from "../check/checking.ts"
import { isGiven, text } from "../check/given.ts"
import type { CommandSpec } from "../check/language.ts"
import { constantOf } from "../check/text.ts"
import { lowerAscii, upperAscii } from "../match/comparator.ts"
import { fill, note, setVariable, shown } from "../run/run.ts"
import { isVariableName } from "./variable-name.ts"

interface Modifier {
  readonly name: string
  /** Tags of one group have one precedence. */
  readonly group: string
  readonly change: (value: string) => string
}

/** By falling precedence: 40, 30, 20, 10 (RFC 5229 §4.1). Other letters than A to Z have no case here (§4.1.3). */
const modifiers: readonly Modifier[] = [
  { name: "lower", group: "case for all letters", change: lowerAscii },
  { name: "upper", group: "case for all letters", change: upperAscii },
  {
    name: "lowerfirst",
    group: "case for the first letter",
    change: value => first(value, lowerAscii),
  },
  {
    name: "upperfirst",
    group: "case for the first letter",
    change: value => first(value, upperAscii),
  },
  { name: "quotewildcard", group: "quoting", change: value => value.replace(/[*?\\]/g, "\\$&") },
  { name: "length", group: "length", change: value => String(lengthOf(value)) },
]

function first(value: string, change: (character: string) => string): string {
  const [character = ""] = value
  return change(character) + value.slice(character.length)
}

/** In characters, not units: those beyond the first plane are two units. */
function lengthOf(value: string): number {
  let length = 0
  for (const _ of value) length += 1
  return length
}

export const set: CommandSpec = {
  name: "set",
  needs: ["variables"],
  tags: Object.fromEntries(modifiers.map(({ name, group }) => [name, { group }])),
  takes: [
    { name: "the variable", takes: "string" },
    { name: "the value", takes: "string" },
  ],
  compile(given) {
    const { at } = given.call
    const named = text(given, "the variable")
    const name = constantOf(named)?.toLowerCase()
    const value = text(given, "the value")
    const changes = modifiers.filter(modifier => isGiven(given, `:${modifier.name}`))
    if (name === undefined || !isVariableName(name)) {
      addFault(
        given.checking,
        named.at,
        "a variable's name is written out: letters, digits and underscores, and no digit first",
      )
      return undefined
    }
    return run => {
      const changed = changes.reduce((text, { change }) => change(text), fill(run, value))
      setVariable(run, name, changed)
      note(run, at, `${name} is now ${shown(run, changed)}`)
      return "go-on"
    }
  },
}
