import { mailbox } from "../grammar/mailbox.ts"
import { sequenceSet } from "../grammar/sequence-set.ts"
import type { Parser } from "./index.ts"

/** RFC 9051 §9: `copy = "COPY" SP sequence-set SP mailbox`, and MOVE alike. */
export function copyOrMove(name: "COPY" | "MOVE", uid: boolean): Parser {
  return d => {
    d.sp(name)
    const set = sequenceSet(d, name)
    d.sp("the messages")
    return { name, messages: { uid, set }, mailbox: mailbox(d, "the messages") }
  }
}
