import { sequenceSet } from "../grammar/sequence-set.ts"
import type { Parser } from "./index.ts"

/** RFC 4315 §4: `uid-expunge = "UID" SP "EXPUNGE" SP sequence-set` */
export const uidExpunge: Parser = d => {
  d.sp("EXPUNGE")
  return { name: "EXPUNGE", uids: sequenceSet(d, "EXPUNGE") }
}
