/**
 *     INDEX = ":index" <fieldno: number> [":last"]          RFC 5260 §6.1
 *
 * Counts the fields from 1, all names of a list together; from the end with `:last`.
 */
import { addFault } from "../check/checking.ts"
import { type Given, isGiven, numberIfGiven, placeOf } from "../check/given.ts"
import type { TagShape } from "../check/language.ts"
import type { HeaderField } from "../message/message.ts"
import { type Run, spendStep } from "../run/run.ts"

export const indexTags: Readonly<Record<string, TagShape>> = {
  index: { takes: "number", needs: "index" },
  last: { needs: "index" },
}

export type FieldIndex =
  | { readonly kind: "all" }
  | { readonly kind: "nth"; readonly nth: number; readonly fromEnd: boolean }

/** Undefined where it added a fault. */
export function compileIndex(given: Given): FieldIndex | undefined {
  const nth = numberIfGiven(given, ":index")
  const fromEnd = isGiven(given, ":last")
  if (nth === undefined) {
    if (!fromEnd) return { kind: "all" }
    addFault(
      given.checking,
      placeOf(given, ":last"),
      '":last" counts from the end: it needs ":index" and a number',
    )
    return undefined
  }
  if (nth > 0) return { kind: "nth", nth, fromEnd }
  addFault(given.checking, placeOf(given, ":index"), '":index" counts from 1')
  return undefined
}

/** Of all fields of these names: in the order of the names, and of one name in that of the message. */
export function fieldsAt(run: Run, names: readonly string[], index: FieldIndex): readonly HeaderField[] {
  const fields: HeaderField[] = []
  for (const name of names) {
    spendStep(run)
    for (const field of run.message.fields(name.toLowerCase())) {
      spendStep(run)
      fields.push(field)
    }
  }
  if (index.kind === "all") return fields
  const field = fields[index.fromEnd ? fields.length - index.nth : index.nth - 1]
  return field === undefined ? [] : [field]
}
