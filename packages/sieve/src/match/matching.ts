/** What most tests share: a match type, a comparator, values on one side and keys on the other. */
import { addFault } from "../check/checking.ts"
import { type Given, placeOf, textIfGiven, whichTag } from "../check/given.ts"
import type { TagShape, Verdict } from "../check/language.ts"
import { constantOf } from "../check/text.ts"
import { addressPartNames } from "../message/address-part.ts"
import { captureMatches, type Run, restIfDue, shown, spendCharacters, spendStep } from "../run/run.ts"
import { type Comparator, comparators, defaultComparator } from "./comparator.ts"
import { type Folded, type MatchType, matchPair, relations, relationWords } from "./match-type.ts"

export interface Matching {
  readonly type: MatchType
  readonly comparator: Comparator
}

const matchTypes = ["is", "contains", "matches", "value", "count"] as const
const group = "match type"

export const matchTags: Readonly<Record<string, TagShape>> = {
  is: { group },
  contains: { group },
  matches: { group },
  value: { group, takes: "string", needs: "relational" },
  count: { group, takes: "string", needs: "relational" },
  comparator: { takes: "string" },
}

export const addressPartTags: Readonly<Record<string, TagShape>> = Object.fromEntries(
  addressPartNames.map(name => {
    const needs = name === "user" || name === "detail" ? ({ needs: "subaddress" } as const) : {}
    return [name, { group: "address part", ...needs }]
  }),
)

/** Undefined where it added a fault. */
export function compileMatching(given: Given): Matching | undefined {
  const comparator = compileComparator(given)
  const type = compileType(given)
  if (comparator === undefined || type === undefined) return undefined
  const isPart = type.kind === "contains" || type.kind === "matches"
  if (!isPart || comparator.findsParts) return { type, comparator }
  addFault(
    given.checking,
    placeOf(given, `:${type.kind}`),
    `":${type.kind}" looks for parts of a text, and "${comparator.name}" compares numbers`,
  )
  return undefined
}

function compileComparator(given: Given): Comparator | undefined {
  const named = textIfGiven(given, ":comparator")
  if (named === undefined) return defaultComparator
  const name = constantOf(named)
  const comparator = comparators.get(name ?? "")
  const { checking } = given
  if (comparator === undefined) {
    addFault(checking, named.at, `this server knows the comparators ${[...comparators.keys()].join(", ")}`)
    return undefined
  }
  // RFC 5228 §2.7.3: of all comparators these two alone are there without being asked for.
  if (comparator.name === "i;ascii-numeric" && !checking.required.has("comparator-i;ascii-numeric")) {
    addFault(
      checking,
      named.at,
      'this comparator needs require "comparator-i;ascii-numeric" at the top of the script',
    )
    return undefined
  }
  return comparator
}

function compileType(given: Given): MatchType | undefined {
  const kind = whichTag(given, matchTypes) ?? "is"
  if (kind !== "value" && kind !== "count") return { kind }
  const word = textIfGiven(given, `:${kind}`)
  const relation = relations.find(one => word !== undefined && one === constantOf(word)?.toLowerCase())
  if (relation !== undefined) return { kind, relation }
  addFault(given.checking, placeOf(given, `:${kind}`), `":${kind}" takes one of "${relations.join('", "')}"`)
  return undefined
}

/** A value, and what it is called in the trace: "Subject". */
export interface Named {
  readonly name: string
  readonly value: string
}

/**
 * Whether one of the values matches one of the keys; with `:count`, whether their number does. Sets the match variables
 * where `:matches` succeeds. `nothing` says what it means that there is no value.
 */
export async function matchAny(
  run: Run,
  { type, comparator }: Matching,
  values: readonly Named[],
  keys: readonly string[],
  nothing: string,
): Promise<Verdict> {
  const counted = type.kind === "count" ? [{ name: "their number", value: String(values.length) }] : values
  const spend = (characters: number): void => spendCharacters(run, characters)
  const fold = (text: string): Folded => {
    spend(text.length)
    return { text, folded: comparator.fold(text) }
  }
  const wanted = keys.map(fold)
  for (const { name, value } of counted) {
    const held = fold(value)
    for (const key of wanted) {
      spendStep(run)
      const rest = restIfDue(run)
      if (rest !== undefined) await rest
      const captures = matchPair(type, comparator, held, key, spend)
      if (captures === undefined) continue
      if (type.kind === "matches") captureMatches(run, captures)
      const why = () => whyYes(run, type, name, value, key.text)
      return { yes: true, why }
    }
  }
  return { yes: false, why: () => whyNot(run, counted, nothing) }
}

function whyYes(run: Run, type: MatchType, name: string, value: string, key: string): string {
  const words = relationWords(type)
  return words === "is"
    ? `${name} is ${shown(run, value)}`
    : `${name} ${shown(run, value)} ${words} ${shown(run, key)}`
}

/** Values that a refusal shows. */
const shownValues = 3

function whyNot(run: Run, values: readonly Named[], nothing: string): string {
  if (values.length === 0) return nothing
  const some = values.slice(0, shownValues).map(({ name, value }) => `${name} is ${shown(run, value)}`)
  const more = values.length - some.length
  return `${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}: none of it matches`
}
