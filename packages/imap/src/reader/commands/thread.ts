import type { Parser } from "./index.ts"
import { searchCriteria } from "./search.ts"

/** RFC 5256 §5: `thread = "THREAD" SP ("ORDEREDSUBJECT" / "REFERENCES") SP charset 1*(SP search-key)` */
export function thread(uid: boolean): Parser {
  return d => {
    d.sp("THREAD")
    const algorithm = d.oneOf(["ORDEREDSUBJECT", "REFERENCES"], "ORDEREDSUBJECT or REFERENCES", "THREAD")
    d.sp("the algorithm")
    return { name: "THREAD", algorithm, question: searchCriteria(d, uid, undefined) }
  }
}
