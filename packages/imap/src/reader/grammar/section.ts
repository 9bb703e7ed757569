import type { Partial, PartPath, Section } from "../../fetch-item.ts"
import type { Decoder } from "../decoder.ts"
import { maxPartDepth } from "../limits.ts"
import { isPlainText } from "./text.ts"

/**
 * RFC 9051 §9:
 *
 *     section         = "[" [section-spec] "]"
 *     section-spec    = section-msgtext / (section-part ["." section-text])
 *     section-part    = nz-number *("." nz-number)
 *     section-text    = section-msgtext / "MIME"
 *     section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
 *     header-list     = "(" header-fld-name *(SP header-fld-name) ")"
 *     section-binary  = "[" [section-part] "]"
 *     partial         = "<" number64 "." nz-number64 ">"
 */
export function section(d: Decoder, item: string): Section {
  d.take("[", item)
  if (d.maybe("]")) return { part: [], what: "whole", fields: [] }
  const part = partPath(d)
  if (d.maybe("]")) return { part, what: "whole", fields: [] }
  const names = part.length === 0 ? texts : [...texts, "MIME" as const]
  const what = d.oneOf(names, `one of ${names.join(", ")}`, `${item}[`)
  const fields = what.startsWith("HEADER.FIELDS") ? headerList(d, what) : []
  d.take("]", what)
  return { part, what, fields }
}

export function sectionBinary(d: Decoder, item: string): PartPath {
  d.take("[", item)
  const part = partPath(d)
  d.take("]", `${item}[`)
  return part
}

export function partial(d: Decoder): Partial | undefined {
  if (!d.maybe("<")) return undefined
  const offset = d.number64("the number of the first octet", "<")
  d.take(".", "<")
  const count = d.number64("a number of octets above zero", "<", 1)
  d.take(">", "<")
  return { offset, count }
}

const texts = ["HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT"] as const

/** The numbers at this place and, where something other than "]" comes, the dot behind them. */
function partPath(d: Decoder): number[] {
  const part: number[] = []
  while (isDigitNext(d)) {
    if (part.length === maxPartDepth) throw d.limit(`more than ${maxPartDepth} numbers in a part's path`)
    part.push(d.number("a part's number above zero", "[", 1))
    if (!d.maybe(".")) return part
    if (d.peek() === "]") throw d.expected("a number or a name", ".")
  }
  return part
}

function isDigitNext(d: Decoder): boolean {
  const next = d.peek()
  return next >= "0" && next <= "9"
}

function headerList(d: Decoder, what: string): string[] {
  d.sp(what)
  return d.list(() => headerField(d, what), "names of header fields", { least: 1, after: what })
}

/** `header-fld-name = astring`; names of fields are ASCII (RFC 5322 §2.2). */
export function headerField(d: Decoder, after: string): string {
  const name = d.astring("the name of a header field", after)
  if (!isPlainText(name)) throw d.expected("the name of a header field in ASCII", after)
  return name
}
