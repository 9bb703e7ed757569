import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto"

/** Hashes and time stamps, in base32 (RFC 4648 §6) of lower case. */
const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
const hashLength = 8
const stampLength = 3
const dayMs = 86_400_000

/** Days since 1970, in three letters: until the year 2059, then from the beginning. */
export function stampOf(now: number): string {
  const days = Math.floor(now / dayMs)
  return [10, 5, 0].map(shift => alphabet.charAt(Math.floor(days / 2 ** shift) % 32)).join("")
}

/** Days that have passed since a stamp; undefined for what is none of ours. One of tomorrow is a day old less. */
export function daysSince(stamp: string, now: number): number | undefined {
  const digits = Array.from(fold(stamp), letter => alphabet.indexOf(letter))
  if (digits.length !== stampLength || digits.includes(-1)) return undefined
  const days = digits.reduce((sum, digit) => sum * 32 + digit, 0)
  const range = 32 ** stampLength
  const passed = (((Math.floor(now / dayMs) - days) % range) + range) % range
  return passed > range / 2 ? passed - range : passed
}

/** `parts`: what it stands for, in an order that is always the same; letters count without case. */
export function hashOf(key: KeyObject, kind: "first" | "later", parts: readonly string[]): string {
  // Lengths go in, so that no two lists of parts are one text.
  const text = [kind, ...parts].map(fold).map(part => `${Buffer.byteLength(part)}:${part}`)
  const digest = createHmac("sha256", key).update(text.join("")).digest()
  let letters = ""
  let bits = 0
  let value = 0
  for (const octet of digest.subarray(0, (hashLength * 5) / 8)) {
    value = (value << 8) | octet
    bits += 8
    for (; bits >= 5; bits -= 5) letters += alphabet.charAt((value >> (bits - 5)) & 31)
    value &= 31
  }
  return letters
}

/** By any of the keys, in the same time whatever differs. */
export function isHash(
  hash: string,
  keys: readonly KeyObject[],
  kind: "first" | "later",
  parts: readonly string[],
): boolean {
  const given = Buffer.from(fold(hash))
  if (given.length !== hashLength) return false
  return keys.some(key => timingSafeEqual(given, Buffer.from(hashOf(key, kind, parts))))
}

/** A tag is a hash and a stamp in one. */
export function splitTag(tag: string): { readonly hash: string; readonly stamp: string } {
  return { hash: tag.slice(0, hashLength), stamp: tag.slice(hashLength) }
}

/** ASCII letters alone: others have no lower case that all servers agree on. */
export function fold(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}
