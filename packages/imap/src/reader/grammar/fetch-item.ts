import type { FetchItem } from "../../fetch-item.ts"
import type { Decoder } from "../decoder.ts"
import { partial, section, sectionBinary } from "./section.ts"

/**
 * RFC 9051 §9; MODSEQ: RFC 7162 §7, EMAILID and THREADID: RFC 8474 §7, SAVEDATE: RFC 8514 §5, PREVIEW: RFC 8970 §6:
 *
 *     fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822" [".HEADER" / ".SIZE" / ".TEXT"] /
 *                 "BODY" ["STRUCTURE"] / "UID" / "MODSEQ" / "EMAILID" / "THREADID" / "SAVEDATE" /
 *                 "BODY" [".PEEK"] section [partial] / "BINARY" [".PEEK"] section-binary [partial] /
 *                 "BINARY.SIZE" section-binary / "PREVIEW" [SP "(" "LAZY" ")"]
 */
const plain = [
  ...([
    "FLAGS",
    "UID",
    "INTERNALDATE",
    "RFC822.SIZE",
    "ENVELOPE",
    "BODY",
    "BODYSTRUCTURE",
    "MODSEQ",
  ] as const),
  ...(["EMAILID", "THREADID", "SAVEDATE", "RFC822", "RFC822.HEADER", "RFC822.TEXT"] as const),
]
const others = ["PREVIEW", "BODY.PEEK", "BINARY", "BINARY.PEEK", "BINARY.SIZE"] as const
const all = [...plain, ...others]

export function fetchItem(d: Decoder): FetchItem {
  const name = d.oneOf(all, "an item such as FLAGS")
  switch (name) {
    case "PREVIEW":
      return { kind: "PREVIEW", lazy: lazy(d) }
    case "BODY":
      if (d.peek() !== "[") return { kind: name }
      return { kind: "BODY[]", peek: false, section: section(d, name), partial: partial(d) }
    case "BODY.PEEK":
      return { kind: "BODY[]", peek: true, section: section(d, name), partial: partial(d) }
    case "BINARY":
    case "BINARY.PEEK":
      return {
        kind: "BINARY[]",
        peek: name === "BINARY.PEEK",
        part: sectionBinary(d, name),
        partial: partial(d),
      }
    case "BINARY.SIZE":
      return { kind: "BINARY.SIZE[]", part: sectionBinary(d, name) }
    default:
      return { kind: name }
  }
}

/** A parenthesis behind PREVIEW may also hold the modifiers of FETCH. */
function lazy(d: Decoder): boolean {
  if (!d.sees(" (LAZY")) return false
  d.sp()
  d.list(() => d.oneOf(["LAZY"], "LAZY", "PREVIEW ("), "modifiers", { least: 1 })
  return true
}
