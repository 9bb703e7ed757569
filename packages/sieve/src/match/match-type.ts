/** How a value and a key are held against one another (RFC 5228 §2.7.1, RFC 5231 §4). */
import type { Comparator } from "./comparator.ts"
import { find } from "./find.ts"
import { matchGlob } from "./glob.ts"

export const relations = ["gt", "ge", "lt", "le", "eq", "ne"] as const
export type Relation = (typeof relations)[number]

export type MatchType =
  | { readonly kind: "is" | "contains" | "matches" }
  /** `value`: each value; `count`: how many there are. */
  | { readonly kind: "value" | "count"; readonly relation: Relation }

/** A text and its folded form, which is made once for all that it is compared with. */
export interface Folded {
  readonly text: string
  readonly folded: string
}

/**
 * Undefined where they do not match; what the wildcards of `:matches` stood for, and nothing for the others. `spend` is
 * told what was looked at, eight characters of the engine's own search as one.
 */
export function matchPair(
  type: MatchType,
  comparator: Comparator,
  value: Folded,
  key: Folded,
  spend: (characters: number) => void,
): readonly string[] | undefined {
  switch (type.kind) {
    case "is":
      spend(key.folded.length)
      return value.folded === key.folded ? noCaptures : undefined
    case "contains":
      spend(Math.ceil(value.folded.length / 8) + key.folded.length)
      return find(value.folded, key.folded, 0) === -1 ? undefined : noCaptures
    case "matches":
      return matchGlob(value.text, value.folded, key.folded, spend)
    case "value":
    case "count":
      spend(Math.min(value.text.length, key.text.length))
      return stands(type.relation, comparator.order(value.text, key.text)) ? noCaptures : undefined
  }
}

const noCaptures: readonly string[] = []

function stands(relation: Relation, order: number): boolean {
  switch (relation) {
    case "gt":
      return order > 0
    case "ge":
      return order >= 0
    case "lt":
      return order < 0
    case "le":
      return order <= 0
    case "eq":
      return order === 0
    case "ne":
      return order !== 0
  }
}

/** In the middle of a sentence: a value, this, a key. What is the key needs it no more. */
export function relationWords(type: MatchType): string {
  switch (type.kind) {
    case "is":
      return "is"
    case "contains":
      return "holds"
    case "matches":
      return "fits"
    case "value":
    case "count":
      return { gt: "is above", ge: "is at least", lt: "is below", le: "is at most", eq: "is", ne: "is not" }[
        type.relation
      ]
  }
}
