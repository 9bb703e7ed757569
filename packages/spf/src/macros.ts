import type { NamePart } from "@letterkeep/dns"
import type { IpAddress } from "./ip-address.ts"

/**
 * Macro strings of SPF records (RFC 7208 §7): parsed once into pieces, so that a wrong one is a permanent error
 * wherever it stands in the record, then filled in for one connection.
 *
 *     macro-string  = *( macro-expand / macro-literal )
 *     macro-expand  = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 *     macro-literal = %x21-24 / %x26-7E
 *     macro-letter  = s / l / o / d / i / p / h / c / r / t / v
 *     transformers  = *DIGIT [ "r" ]
 *     delimiter     = "." / "-" / "+" / "," / "/" / "_" / "="
 */
export type MacroString = readonly MacroPiece[]

export type MacroPiece =
  | string
  | {
      readonly letter: string
      /** How many right-hand parts to keep; 0 keeps all. */
      readonly keep: number
      readonly reversed: boolean
      readonly delimiters: string
      readonly urlEscaped: boolean
    }

/** What the letters stand for. `validatedName` is asked for only by `p`. */
export interface MacroValues {
  readonly ip: IpAddress
  /** The address as it was written, for people. */
  readonly ipText: string
  readonly sender: string
  readonly domain: string
  readonly helo: string
  readonly receiver: string
  /** Seconds since 1970. */
  readonly time: number
  readonly validatedName: () => Promise<string>
}

/** `undefined` for a syntax error. The letters c, r and t stand only in explanations (RFC 7208 §7.2). */
export function parseMacroString(text: string, inExplanation = false): MacroString | undefined {
  const pieces: MacroPiece[] = []
  let at = 0
  while (at < text.length) {
    const percent = text.indexOf("%", at)
    if (percent !== at) {
      pieces.push(text.slice(at, percent === -1 ? text.length : percent))
      if (percent === -1) break
    }
    const next = text[percent + 1]
    if (next === "{") {
      const end = text.indexOf("}", percent)
      const piece = end === -1 ? undefined : parseExpand(text.slice(percent + 2, end), inExplanation)
      if (piece === undefined) return undefined
      pieces.push(piece)
      at = end + 1
    } else {
      const literal = next === "%" ? "%" : next === "_" ? " " : next === "-" ? "%20" : undefined
      if (literal === undefined) return undefined
      pieces.push(literal)
      at = percent + 2
    }
  }
  return pieces
}

function parseExpand(text: string, inExplanation: boolean): MacroPiece | undefined {
  const found = /^([a-z])(\d*)(r?)([.\-+,/_=]*)$/i.exec(text)
  if (found === null) return undefined
  const [, letter = "", digits = "", reversed = "", delimiters = ""] = found
  const low = letter.toLowerCase()
  if (!"slodiphv".includes(low) && !(inExplanation && "crt".includes(low))) return undefined
  const keep = digits === "" ? 0 : Math.min(Number(digits), 128)
  if (digits !== "" && keep === 0) return undefined
  return {
    letter: low,
    keep,
    reversed: reversed !== "",
    delimiters: delimiters || ".",
    urlEscaped: letter !== low,
  }
}

/** Characters of the longest expansion. A name has 253 at most, so what is longer only costs. */
export const expansionLimit = 4096

/** Undefined where it grows beyond `expansionLimit`: a record of one answer can ask for megabytes. */
export async function expandMacros(pieces: MacroString, values: MacroValues): Promise<string | undefined> {
  let text = ""
  for (const piece of pieces) {
    if (typeof piece === "string") {
      text += piece
      if (text.length > expansionLimit) return undefined
      continue
    }
    const value = await letterValue(piece.letter, values)
    const parts = splitAtAny(value, piece.delimiters)
    if (piece.reversed) parts.reverse()
    const kept = (piece.keep === 0 ? parts : parts.slice(-piece.keep)).join(".")
    text += piece.urlEscaped ? escapeUrl(kept) : kept
    if (text.length > expansionLimit) return undefined
  }
  return text
}

/** What an expansion holds of a person, besides what the domain itself does. */
export function partsOf(pieces: MacroString): ReadonlySet<NamePart> {
  const parts = new Set<NamePart>()
  for (const piece of pieces) {
    if (typeof piece === "string") continue
    if ("sl".includes(piece.letter)) parts.add("sender-address")
    if ("ic".includes(piece.letter)) parts.add("client-address")
  }
  return parts
}

/** Whether the domain that is being evaluated is part of an expansion. */
export function namesDomain(pieces: MacroString): boolean {
  return pieces.some(piece => typeof piece !== "string" && piece.letter === "d")
}

async function letterValue(letter: string, values: MacroValues): Promise<string> {
  const at = values.sender.lastIndexOf("@")
  switch (letter) {
    case "s":
      return values.sender
    case "l":
      return values.sender.slice(0, at)
    case "o":
      return values.sender.slice(at + 1)
    case "d":
      return values.domain
    case "i":
      return values.ip.version === 4 ? values.ip.bytes.join(".") : [...hexOf(values.ip)].join(".")
    case "p":
      return values.validatedName()
    case "v":
      return values.ip.version === 4 ? "in-addr" : "ip6"
    case "h":
      return values.helo
    case "c":
      return values.ipText
    case "r":
      return values.receiver
    default:
      return String(values.time)
  }
}

function hexOf(ip: IpAddress): string {
  return ip.bytes.map(byte => byte.toString(16).padStart(2, "0")).join("")
}

function splitAtAny(text: string, delimiters: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    if (!delimiters.includes(text[at] ?? "")) continue
    parts.push(text.slice(from, at))
    from = at + 1
  }
  parts.push(text.slice(from))
  return parts
}

/** Everything but the unreserved characters of RFC 3986 §2.3, byte for byte. */
function escapeUrl(text: string): string {
  return Array.from(Buffer.from(text, "utf8"), byte => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9\-._~]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }).join("")
}
