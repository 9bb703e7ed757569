/**
 * A message as scripts see it: fields by name, its size, and its body by parts. Made of a scan by `sieveMessage`; a
 * server that keeps these things elsewhere can make its own.
 */
import { decodeWords, fieldText, type MessageScan } from "@letterkeep/mime"
import type { RunLimits } from "../limits.ts"
import { type BodyPart, type BodyWish, bodyOf } from "./body.ts"

export interface HeaderField {
  /** As the message writes it. */
  readonly name: string
  /** Unfolded, without white space at its ends, not decoded: for addresses and dates. */
  readonly raw: string
  /** The same with its encoded words decoded (RFC 5228 §2.7.2). */
  readonly text: string
}

export interface SieveMessage {
  /** Octets. */
  readonly size: number
  /** Those of that name in lower case, in the order of the message. */
  fields(name: string): readonly HeaderField[]
  /** The parts that `body` asks for, in their order; bounded by `bodyBytes` and `bodyParts`. */
  body(wish: BodyWish, limits: RunLimits): readonly BodyPart[]
}

/** Nothing is decoded before it is asked for. */
export function sieveMessage(scan: MessageScan): SieveMessage {
  const { bytes, root } = scan
  return {
    size: bytes.length,
    fields: name =>
      root.fields
        .filter(field => field.name === name)
        .map(field => {
          const raw = fieldText(bytes, field)
          const written = bytes.toString("latin1", field.start, field.start + name.length)
          return { name: written, raw, text: decodeWords(raw) }
        }),
    body: (wish, limits) => bodyOf(scan, wish, limits),
  }
}
