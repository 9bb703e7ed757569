/** What stands in the way of putting messages somewhere, as answers. */
import type { NoMailbox, NoRoom, TooMany } from "../../../messages/index.ts"
import type { Answer } from "../handler.ts"

export function refusalOf(refused: NoMailbox | NoRoom | TooMany): Answer {
  switch (refused.kind) {
    case "no-such-mailbox":
      return tryCreate
    case "over-quota":
      // RFC 9208 §4.3.1
      return { kind: "no", code: "OVERQUOTA", text: "The account is full; delete something first" }
    case "disk-low":
      // RFC 5530 §3
      return { kind: "no", code: "UNAVAILABLE", text: "The server is short of room; try again later" }
    case "too-many":
      return { kind: "no", code: "LIMIT", text: refused.sentence }
  }
}

/** RFC 9051 §6.3.12, §6.4.7: the client may make it and come again. */
export const tryCreate: Answer = {
  kind: "no",
  code: "TRYCREATE",
  text: "There is no such mailbox; CREATE it first",
}
