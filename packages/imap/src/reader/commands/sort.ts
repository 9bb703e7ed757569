import type { SortKey } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import type { Parser } from "./index.ts"
import { searchCriteria, searchReturns } from "./search.ts"

/**
 * RFC 5256 §5, RFC 5267 §3:
 *
 *     sort           = "SORT" [search-returns] SP sort-criteria SP charset 1*(SP search-key)
 *     sort-criteria  = "(" sort-criterion *(SP sort-criterion) ")"
 *     sort-criterion = ["REVERSE" SP] ("ARRIVAL" / "CC" / "DATE" / "FROM" / "SIZE" / "SUBJECT" / "TO")
 */
export function sort(uid: boolean): Parser {
  return d => {
    const give = searchReturns(d, "SORT")
    d.sp("SORT")
    const by = d.list(() => criterion(d), "sort keys", { least: 1, after: "SORT" })
    d.sp("the sort keys")
    return { name: "SORT", by, question: searchCriteria(d, uid, give) }
  }
}

const fields = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO"] as const
const what = `one of ${fields.join(", ")}`

function criterion(d: Decoder): SortKey {
  const reverse = d.sees("REVERSE")
  if (!reverse) return { field: d.oneOf(fields, what), reverse }
  d.oneOf(["REVERSE"], "REVERSE")
  d.sp("REVERSE")
  return { field: d.oneOf(fields, what, "REVERSE"), reverse }
}
