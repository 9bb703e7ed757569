import type { SearchQuestion, SearchReturn } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { isAstringCharacter } from "../grammar/characters.ts"
import { searchKeys } from "../grammar/search-key.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9, RFC 4731, RFC 5182 §2:
 *
 *     search         = "SEARCH" [search-returns] SP ["CHARSET" SP charset SP] search-key *(SP search-key)
 *     search-returns = SP "RETURN" SP "(" [search-return *(SP search-return)] ")"
 *     search-return  = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE"
 */
export function search(uid: boolean): Parser {
  return d => {
    const give = searchReturns(d, "SEARCH")
    d.sp("SEARCH")
    const charset = d.sees("CHARSET ") ? charsetOf(d) : undefined
    return { name: "SEARCH", question: { uid, give, charset, key: searchKeys(d, charset) } }
  }
}

const returns = ["MIN", "MAX", "ALL", "COUNT", "SAVE"] as const

export function searchReturns(d: Decoder, after: string): SearchReturn[] | undefined {
  if (!d.sees(" RETURN ")) return undefined
  d.sp(after)
  d.oneOf(["RETURN"], "RETURN")
  d.sp("RETURN")
  const what = "MIN, MAX, ALL, COUNT or SAVE"
  return d.list(() => d.oneOf(returns, what, "RETURN ("), what, { after: "RETURN" })
}

/** `charset SP search-key *(SP search-key)` of SORT and THREAD (RFC 5256 §5). */
export function searchCriteria(d: Decoder, uid: boolean, give: SearchReturn[] | undefined): SearchQuestion {
  const charset = charsetName(d)
  d.sp("the charset")
  return { uid, give, charset, key: searchKeys(d, charset) }
}

function charsetOf(d: Decoder): string {
  d.oneOf(["CHARSET"], "CHARSET")
  d.sp("CHARSET")
  const charset = charsetName(d)
  d.sp("the charset")
  return charset
}

/** `charset = atom / quoted` */
function charsetName(d: Decoder): string {
  const what = "the name of a charset"
  return (d.peek() === '"' ? d.string(what) : d.word(isAstringCharacter, what)).toUpperCase()
}
