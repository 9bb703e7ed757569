/**
 * Cuts a JSON object into its fields while it is read, so that a file of any length is never in memory as a whole. A
 * field's value is given as text; of a field that is a list, each element by itself, with the place where it lies:
 *
 *     { "a": 1, "list": [ x, y ] }   →   field a "1" · element list "x" · element list "y"
 *
 * It looks for the signs that part values and no further: what it gives out is for JSON.parse to judge. Octets, not
 * characters, are read: in UTF-8 none of a longer character's is one of these signs.
 */
export type Part =
  | { readonly kind: "field"; readonly name: string; readonly text: string }
  /** `from` and `to`: octets from the beginning; `to` is the first that is not its own. */
  | {
      readonly kind: "element"
      readonly name: string
      readonly text: string
      readonly from: number
      readonly to: number
    }

export interface Scanner {
  /** What these octets complete. Throws a ScanError where it is no such object. */
  push(octets: Uint8Array): readonly Part[]
  /** Whether the object has ended. */
  isWhole(): boolean
}

/** Not an object, or a value that is too long. */
export class ScanError extends Error {
  override readonly name = "ScanError"
  readonly temporary = false
}

/** Octets of a name, of a field's value or of one element. */
export const maxPartBytes = 1024 * 1024

type Place = "start" | "name" | "in-name" | "colon" | "value" | "in-value" | "element" | "in-element" | "end"

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const isSpace = (octet: number): boolean =>
  octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09

export function createScanner(): Scanner {
  let place: Place = "start"
  let name = ""
  let depth = 0
  let inString = false
  let escaped = false
  /** Octets that were read before the ones at hand. */
  let passed = 0
  /** Where the part that is being read begins; and what of it came before the octets at hand. */
  let from = 0
  let held: Uint8Array = new Uint8Array()

  function begin(next: Place, at: number): void {
    place = next
    from = at
    held = new Uint8Array()
    depth = 0
    inString = false
    escaped = false
  }
  /** The octets of the part that ends before `at`. */
  function taken(octets: Uint8Array, at: number): string {
    const here = octets.subarray(Math.max(0, from - passed), at - passed)
    if (held.length + here.length > maxPartBytes) throw new ScanError("a value is too long")
    const both = joined(held, here)
    held = new Uint8Array()
    return new TextDecoder().decode(both)
  }
  /** Whether this octet stands outside of strings and of lists and objects within the part. */
  function isOutside(octet: number): boolean {
    if (escaped) escaped = false
    else if (inString && octet === backslash) escaped = true
    else if (octet === quote) inString = !inString
    else if (!inString) {
      if (depth === 0 && (octet === comma || octet === closeBrace || octet === closeBracket)) return true
      if (octet === openBrace || octet === openBracket) depth++
      if (octet === closeBrace || octet === closeBracket) depth--
    }
    return false
  }

  function step(octet: number, at: number, octets: Uint8Array): Part | undefined {
    switch (place) {
      case "in-value":
      case "in-element": {
        if (!isOutside(octet)) return undefined
        const wasElement = place === "in-element"
        if (octet === (wasElement ? closeBrace : closeBracket)) throw new ScanError("brackets do not fit")
        const start = from
        const text = taken(octets, at)
        place = octet === comma ? (wasElement ? "element" : "name") : wasElement ? "name" : "end"
        return wasElement
          ? { kind: "element", name, text, from: start, to: at }
          : { kind: "field", name, text }
      }
      case "in-name":
        if (escaped) escaped = false
        else if (octet === backslash) escaped = true
        else if (octet === quote) {
          name = taken(octets, at)
          place = "colon"
        }
        return undefined
      case "start":
        if (octet === openBrace) place = "name"
        else if (!isSpace(octet)) throw new ScanError("not an object")
        return undefined
      case "name":
        if (octet === quote) begin("in-name", at + 1)
        else if (octet === closeBrace) place = "end"
        else if (octet !== comma && !isSpace(octet)) throw new ScanError("a field has no name")
        return undefined
      case "colon":
        if (octet === colon) place = "value"
        else if (!isSpace(octet)) throw new ScanError("a field has no value")
        return undefined
      case "value":
        if (octet === openBracket) place = "element"
        else if (!isSpace(octet)) {
          begin("in-value", at)
          return step(octet, at, octets)
        }
        return undefined
      case "element":
        if (octet === closeBracket) place = "name"
        else if (octet !== comma && !isSpace(octet)) {
          begin("in-element", at)
          return step(octet, at, octets)
        }
        return undefined
      case "end":
        if (!isSpace(octet)) throw new ScanError("something follows the object")
        return undefined
    }
  }

  return {
    push(octets) {
      const parts: Part[] = []
      for (let at = 0; at < octets.length; at++) {
        const part = step(octets[at] ?? 0, passed + at, octets)
        if (part !== undefined) parts.push(part)
      }
      if (place === "in-name" || place === "in-value" || place === "in-element") {
        held = joined(held, octets.subarray(Math.max(0, from - passed)))
        if (held.length > maxPartBytes) throw new ScanError("a value is too long")
      }
      passed += octets.length
      return parts
    },
    isWhole: () => place === "end",
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other.slice()
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
