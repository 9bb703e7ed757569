import { checked } from "../grammar/text.ts"
import { maxIdField, maxIdPairs, maxIdValue } from "../limits.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 2971 §4:
 *
 *     id             = "ID" SP id-params-list
 *     id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
 */
export const id: Parser = d => {
  d.sp("ID")
  if (d.peek() !== "(") {
    if (d.nstring("a list of names and values, or NIL", "ID") !== undefined) throw d.expected("a list or NIL")
    return { name: "ID", pairs: [] }
  }
  const pairs = d.list(
    () => {
      const name = d.string("a quoted name", "ID (")
      if (name.length > maxIdField) throw d.limit(`a name has more than ${maxIdField} octets`)
      d.sp("the name")
      const value = d.nstring("a quoted value or NIL", "the name")
      if (value !== undefined && value.length > maxIdValue) {
        throw d.limit(`a value has more than ${maxIdValue} octets`)
      }
      return [checked(d, name, "a name"), value === undefined ? value : checked(d, value, "a value")] as const
    },
    "pairs",
    { most: maxIdPairs },
  )
  return { name: "ID", pairs }
}
