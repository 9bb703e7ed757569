/** What one call was given, by name and with its kinds checked: what a command or test is made of. */
import type { Position } from "../fault.ts"
import type { CallNode } from "../syntax/tree.ts"
import type { Checking } from "./checking.ts"
import type { Condition } from "./language.ts"
import type { Text } from "./text.ts"

export type Value = { readonly at: Position } & (
  | { readonly kind: "none" }
  | { readonly kind: "number"; readonly number: number }
  /** One string is a list of one where a list may stand (RFC 5228 §2.4.2.1). */
  | { readonly kind: "texts"; readonly texts: readonly Text[] }
)

export interface Given {
  readonly call: CallNode
  readonly checking: Checking
  /** By the names of `PlaceShape`, and by ":" and the name for tags. */
  readonly values: ReadonlyMap<string, Value>
  readonly conditions: readonly Condition[]
}

export function isGiven(given: Given, name: string): boolean {
  return given.values.has(name)
}

/** The one of these tags that was given. */
export function whichTag<Tag extends string>(given: Given, tags: readonly Tag[]): Tag | undefined {
  return tags.find(tag => given.values.has(`:${tag}`))
}

export function placeOf(given: Given, name: string): Position {
  return given.values.get(name)?.at ?? given.call.at
}

export function textsIfGiven(given: Given, name: string): readonly Text[] | undefined {
  const value = given.values.get(name)
  return value?.kind === "texts" ? value.texts : undefined
}

export function textIfGiven(given: Given, name: string): Text | undefined {
  return textsIfGiven(given, name)?.[0]
}

export function numberIfGiven(given: Given, name: string): number | undefined {
  const value = given.values.get(name)
  return value?.kind === "number" ? value.number : undefined
}

/** Of a place that is not optional: `bind` has refused calls without it. */
export function texts(given: Given, name: string): readonly Text[] {
  const found = textsIfGiven(given, name)
  if (found === undefined) throw new RangeError(`${given.call.name} has no strings "${name}"`)
  return found
}

export function text(given: Given, name: string): Text {
  const found = textIfGiven(given, name)
  if (found === undefined) throw new RangeError(`${given.call.name} has no string "${name}"`)
  return found
}

export function number(given: Given, name: string): number {
  const found = numberIfGiven(given, name)
  if (found === undefined) throw new RangeError(`${given.call.name} has no number "${name}"`)
  return found
}
