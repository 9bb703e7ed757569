/**
 * Secrets that a person writes down or types in: recovery codes and app passwords.
 *
 *     code  = 7 groups of 4 characters, "-" between them
 *     chars = 26 random ones (130 bits), then 2 check characters, in Crockford's base 32
 *
 * Reading is forgiving: case, spaces and hyphens do not matter, O is 0, I and L are 1. The check characters are
 * 10 bits of SHA-256 over the kind and the others, so a slip of the pen is told from a wrong code, and a code of
 * one kind is not taken for the other.
 */
import { createHash } from "node:crypto"
import type { Chance } from "../ports/chance.ts"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const RANDOM_CHARS = 26
const CHECK_CHARS = 2
const GROUP = 4
const MAX_TEXT = 100

export type CodeKind = "recovery" | "app-password"

/** A new code as it is shown. */
export function makeCode(kind: CodeKind, chance: Chance): string {
  let chars = ""
  // 32 divides 256: the low five bits of a random byte are even odds.
  for (const byte of chance.bytes(RANDOM_CHARS)) chars += alphabet.charAt(byte & 31)
  return showCode(kind, chars)
}

/** A code as it was shown when it was new, from what `readCode` gave: its one canonical text. */
export function showCode(kind: CodeKind, random: string): string {
  const whole = random + checkOf(kind, random)
  const groups: string[] = []
  for (let at = 0; at < whole.length; at += GROUP) groups.push(whole.slice(at, at + GROUP))
  return groups.join("-")
}

/** The 26 random characters in capital letters, or undefined when `text` is no code of this kind. */
export function readCode(kind: CodeKind, text: string): string | undefined {
  if (text.length > MAX_TEXT) return undefined
  const chars = text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1")
  if (chars.length !== RANDOM_CHARS + CHECK_CHARS) return undefined
  for (const char of chars) if (!alphabet.includes(char)) return undefined
  const random = chars.slice(0, RANDOM_CHARS)
  return checkOf(kind, random) === chars.slice(RANDOM_CHARS) ? random : undefined
}

function checkOf(kind: CodeKind, chars: string): string {
  const bits = createHash("sha256").update(`letterkeep ${kind} ${chars}`).digest().readUInt16BE(0)
  return alphabet.charAt((bits >> 5) & 31) + alphabet.charAt(bits & 31)
}
