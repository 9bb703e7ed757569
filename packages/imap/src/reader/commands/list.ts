import type { ListQuestion, StatusItem } from "../../command.ts"
import type { Decoder } from "../decoder.ts"
import { mailbox, mailboxPattern } from "../grammar/mailbox.ts"
import type { Parser } from "./index.ts"
import { statusItems } from "./status.ts"

/**
 * RFC 9051 §9, RFC 6154 §6:
 *
 *     list        = "LIST" [SP "(" [select-opt *(SP select-opt)] ")"] SP mailbox SP mbox-or-pat
 *                   [SP "RETURN" SP "(" [return-opt *(SP return-opt)] ")"]
 *     mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
 *     select-opt  = "SUBSCRIBED" / "REMOTE" / "RECURSIVEMATCH" / "SPECIAL-USE"
 *     return-opt  = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "STATUS" SP "(" status-att *(SP status-att) ")"
 *
 * An option that is not known is refused (RFC 9051 §6.3.9).
 */
export const list: Parser = d => {
  d.sp("LIST")
  const selecting = d.peek() === "("
  const selection = selecting ? d.list(() => d.oneOf(selectOptions, "a selection option"), "options") : []
  if (selecting) d.sp("the selection options")
  const reference = mailbox(d, "LIST")
  d.sp("the reference")
  const several = d.peek() === "("
  const pattern = (): string => mailboxPattern(d, "the reference")
  const patterns = several ? d.list(pattern, "patterns", { least: 1 }) : [pattern()]
  const returning = d.maybe(" ")
  const give = returning ? returned(d) : []
  // RFC 9051 §6.3.9.1: it says how the other options match, and none is there
  if (
    selection.includes("RECURSIVEMATCH") &&
    !selection.some(one => one === "SUBSCRIBED" || one === "SPECIAL-USE")
  ) {
    throw d.expected("SUBSCRIBED or SPECIAL-USE beside RECURSIVEMATCH")
  }
  const question: ListQuestion = {
    reference,
    patterns,
    extended: selecting || several || returning,
    select: {
      subscribed: selection.includes("SUBSCRIBED"),
      remote: selection.includes("REMOTE"),
      recursiveMatch: selection.includes("RECURSIVEMATCH"),
      specialUse: selection.includes("SPECIAL-USE"),
    },
    give: {
      subscribed: give.some(one => one.option === "SUBSCRIBED"),
      children: give.some(one => one.option === "CHILDREN"),
      specialUse: give.some(one => one.option === "SPECIAL-USE"),
      status: give.find(one => one.items !== undefined)?.items,
    },
  }
  return { name: "LIST", question }
}

const selectOptions = ["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"] as const
const returnOptions = ["SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"] as const

interface Returned {
  readonly option: (typeof returnOptions)[number]
  readonly items: readonly StatusItem[] | undefined
}

function returned(d: Decoder): Returned[] {
  d.oneOf(["RETURN"], "RETURN", "the patterns")
  d.sp("RETURN")
  const one = (): Returned => {
    const option = d.oneOf(returnOptions, "a return option")
    if (option !== "STATUS") return { option, items: undefined }
    d.sp("STATUS")
    return { option, items: statusItems(d) } // RFC 5819 §2
  }
  return d.list(one, "return options", { after: "RETURN" })
}
