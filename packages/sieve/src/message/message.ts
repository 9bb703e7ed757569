/**
 * A message as scripts see it: fields by name, its size, and its body by parts. Made of a scan by `sieveMessage`; a
 * server that keeps these things elsewhere can make its own.
 */
import { decodeWords, type Field, fieldText, type MessageScan } from "@letterkeep/mime"
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

/** Wishes about the body whose answers are kept, with all that they decoded. */
const wishesKept = 4

/** Nothing is decoded before it is asked for, and no field twice. */
export function sieveMessage(scan: MessageScan): SieveMessage {
  const { bytes, root } = scan
  const byName = Map.groupBy(root.fields, field => field.name)
  const decoded = new Map<string, readonly HeaderField[]>()
  const bodies = new Map<string, readonly BodyPart[]>()
  return {
    size: bytes.length,
    fields(name) {
      const fields = byName.get(name)
      if (fields === undefined || name === "") return none
      const known = decoded.get(name) ?? fields.map(field => headerField(bytes, field))
      decoded.set(name, known)
      return known
    },
    body(wish, limits) {
      const key = JSON.stringify([wish, limits.bodyBytes, limits.bodyParts])
      const parts = bodies.get(key) ?? bodyOf(scan, wish, limits)
      if (bodies.size < wishesKept) bodies.set(key, parts)
      return parts
    },
  }
}

const none: readonly HeaderField[] = []

function headerField(bytes: Buffer, field: Field): HeaderField {
  const raw = fieldText(bytes, field)
  const name = bytes.toString("latin1", field.start, field.start + field.name.length)
  return { name, raw, text: decodeWords(raw) }
}
