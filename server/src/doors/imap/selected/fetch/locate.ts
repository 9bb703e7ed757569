/**
 * Where the octets of a section lie in a message (RFC 9051 §6.4.5.1), by its tree of parts: the index's or a scan's.
 */
import type { PartPath, Section } from "@letterkeep/imap"
import { octetsOf, type Part, partAt } from "@letterkeep/mime"

/** What is needed of a part; `Structure` of an index entry is one. */
export interface PlacedPart {
  readonly type: string
  readonly encoding: string
  readonly start: number
  readonly bodyStart: number
  readonly octets: number
  readonly parts: readonly PlacedPart[]
}

export interface PlacedMessage {
  readonly root: PlacedPart
  /** Octets above the message, from behind which the places of the parts count; they belong to its header. */
  readonly traceBytes: number
  /** Octets of all. */
  readonly size: number
}

/** Octets [from, to) of the message. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Undefined: the message has no such part. */
export function locate(message: PlacedMessage, { part: path, what }: Section): Span | undefined {
  const { root, traceBytes, size } = message
  if (path.length === 0) {
    const bodyStart = Math.min(traceBytes + root.bodyStart, size)
    if (what === "whole") return { from: 0, to: size }
    return what === "TEXT" ? { from: bodyStart, to: size } : { from: 0, to: bodyStart }
  }
  const part = partAt(root, path)
  if (part === undefined) return undefined
  if (what === "whole") return bodyOf(message, part)
  if (what === "MIME") return headerOf(message, part)
  // HEADER and TEXT of a part are those of the message inside it: only message/rfc822 has them (RFC 9051 §6.4.5.1).
  const inner = part.type === "message" ? part.parts[0] : undefined
  if (inner === undefined) return undefined
  return what === "TEXT" ? bodyOf(message, inner) : headerOf(message, inner)
}

export interface PlacedBinary extends Span {
  /** Lower case. */
  readonly encoding: string
}

/** The octets of a part, still encoded; the whole message, which has no encoding, for an empty path (RFC 3516 §4.2). */
export function locateBinary(message: PlacedMessage, path: PartPath): PlacedBinary | undefined {
  if (path.length === 0) return { from: 0, to: message.size, encoding: "binary" }
  const part = partAt(message.root, path)
  if (part === undefined) return undefined
  const composite = part.parts.length > 0
  return { ...bodyOf(message, part), encoding: composite ? "binary" : part.encoding }
}

function headerOf({ root, traceBytes }: PlacedMessage, part: PlacedPart): Span {
  // The one part of a plain message has the header of the message, which begins above it.
  const from = part === root ? 0 : traceBytes + part.start
  return { from, to: traceBytes + part.bodyStart }
}

function bodyOf({ traceBytes }: PlacedMessage, part: PlacedPart): Span {
  const from = traceBytes + part.bodyStart
  return { from, to: from + part.octets }
}

/** Of a scan of all octets, the trace among them. */
export function placedOf(root: Part, size: number): PlacedMessage {
  return { root: placedPart(root), traceBytes: 0, size }
}

/** Whose parts nobody asks for: only where its header ends is known, or not even that. */
export function placedWhole(size: number, bodyStart = 0): PlacedMessage {
  const root = { type: "text", encoding: "binary", start: 0, bodyStart, octets: size - bodyStart, parts: [] }
  return { root, traceBytes: 0, size }
}

function placedPart(part: Part): PlacedPart {
  const { type, encoding, start, bodyStart } = part
  return { type, encoding, start, bodyStart, octets: octetsOf(part), parts: part.parts.map(placedPart) }
}

/** `offset`, `count` of a partial applied (RFC 9051 §6.4.5: what lies beyond the end is cut off). */
export function partOf(
  span: Span,
  partial: { readonly offset: number; readonly count: number } | undefined,
): Span {
  if (partial === undefined) return span
  const from = Math.min(span.to, span.from + partial.offset)
  return { from, to: Math.min(span.to, from + partial.count) }
}
