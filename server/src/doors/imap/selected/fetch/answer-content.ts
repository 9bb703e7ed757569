/** What a content item of a FETCH comes to in one message: where its octets lie, or that there is nothing. */
import type { Partial } from "@letterkeep/imap"
import { isKnownEncoding } from "@letterkeep/mime"
import { locate, locateBinary, type PlacedMessage, partOf, type Span } from "./locate.ts"
import type { Content } from "./plan.ts"

export type ContentAnswer =
  /** As they lie. */
  | { readonly kind: "octets"; readonly span: Span }
  /** Some of the fields of this header, then the partial. */
  | {
      readonly kind: "fields"
      readonly header: Span
      readonly names: readonly string[]
      readonly what: "HEADER.FIELDS" | "HEADER.FIELDS.NOT"
      readonly partial: Partial | undefined
    }
  /** Their transfer encoding undone, then the partial; `size`: how many there are is asked for. */
  | {
      readonly kind: "decoded"
      readonly span: Span
      readonly encoding: string
      readonly partial: Partial | undefined
      readonly give: "octets" | "size"
    }
  /** RFC 3516 §4.3: there is no way to undo its encoding. */
  | { readonly kind: "unknown-encoding" }
  /** The message has no such part. */
  | { readonly kind: "nothing" }

const nothing: ContentAnswer = { kind: "nothing" }

export function answerContent(content: Content, message: PlacedMessage): ContentAnswer {
  if (content.kind === "section") {
    const { section, partial } = content
    const span = locate(message, section)
    if (span === undefined) return nothing
    const { what, fields: names } = section
    if (what === "HEADER.FIELDS" || what === "HEADER.FIELDS.NOT")
      return { kind: "fields", header: span, names, what, partial }
    return { kind: "octets", span: partOf(span, partial) }
  }
  const found = locateBinary(message, content.part)
  if (found === undefined) return nothing
  const { encoding, from, to } = found
  if (!isKnownEncoding(encoding)) return { kind: "unknown-encoding" }
  const give = content.kind === "binary" ? "octets" : "size"
  const partial = content.kind === "binary" ? content.partial : undefined
  return { kind: "decoded", span: { from, to }, encoding, partial, give }
}

/** What stands behind the label of a part that is not there: NIL (RFC 9051 §9, nstring), and for a size, 0. */
export function writeNothing(content: Content): string {
  return content.kind === "binary-size" ? " 0" : " NIL"
}

/** How far one has to look into a message to know where its octets lie. */
export type Depth = "none" | "header" | "parts"

export function depthOf(contents: readonly Content[]): Depth {
  let depth: Depth = "none"
  for (const content of contents) {
    const path = content.kind === "section" ? content.section.part : content.part
    if (path.length > 0) return "parts"
    if (content.kind === "section" && content.section.what !== "whole") depth = "header"
  }
  return depth
}
