import type { Decoder } from "../decoder.ts"
import { flag, flagList } from "../grammar/flag.ts"
import { sequenceSet } from "../grammar/sequence-set.ts"
import { maxList } from "../limits.ts"
import type { Parser } from "./index.ts"

/**
 * RFC 9051 §9, RFC 7162 §7:
 *
 *     store           = "STORE" SP sequence-set [SP "(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"]
 *                       SP store-att-flags
 *     store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
 */
export function store(uid: boolean): Parser {
  return d => {
    d.sp("STORE")
    const set = sequenceSet(d, "STORE")
    d.sp("the messages")
    const modified = d.peek() === "("
    const unchangedSince = modified
      ? d.list(() => since(d), "modifiers", { least: 1, most: 1 })[0]
      : undefined
    if (modified) d.sp("UNCHANGEDSINCE")
    const change = d.maybe("+") ? "add" : d.maybe("-") ? "remove" : "set"
    const silent = d.oneOf(["FLAGS", "FLAGS.SILENT"], "FLAGS or FLAGS.SILENT") === "FLAGS.SILENT"
    d.sp("FLAGS")
    const flags = d.peek() === "(" ? flagList(d, "FLAGS") : bareFlags(d)
    return { name: "STORE", messages: { uid, set }, change, silent, flags, unchangedSince }
  }
}

function since(d: Decoder): number {
  d.oneOf(["UNCHANGEDSINCE"], "UNCHANGEDSINCE")
  d.sp("UNCHANGEDSINCE")
  return d.number64("a mod-sequence", "UNCHANGEDSINCE")
}

function bareFlags(d: Decoder): string[] {
  const flags = [flag(d)]
  while (d.maybe(" ")) {
    if (flags.length === maxList) throw d.limit(`more than ${maxList} flags`)
    flags.push(flag(d))
  }
  return flags
}
