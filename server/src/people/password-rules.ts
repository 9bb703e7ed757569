/**
 * What a password must be: at least 10 characters, at most 1,024 bytes, not one of those that everybody tries,
 * and not made of the person's own name. No rule asks for digits or signs: length does more (NIST SP 800-63B-4
 * §3.1.1).
 *
 * Before anything else the text takes one form, so that two keyboards give one password (RFC 8265 §4.2.2):
 * NFC, and every space of Unicode as U+0020.
 */
export const MIN_PASSWORD_CHARACTERS = 10
export const MAX_PASSWORD_BYTES = 1024
/** The longest text that is looked at at all. */
const MAX_TEXT = 4096
/** A local part shorter than this may be part of a password: "jo" is part of many words. */
const MIN_NAME = 4

/** Openings and wholes that guessers try first; what is left after them must be long enough by itself. */
const common = [
  "password", "passwort", "motdepasse", "contraseña", "letmein", "welcome", "qwertyuiop", "qwertzuiop",
  "azertyuiop", "qwerty", "asdfghjkl", "iloveyou", "administrator", "admin", "changeme", "letterkeep", "secret",
  "trustno1", "superman", "football", "baseball", "dragon", "monkey", "sunshine", "princess", "1q2w3e4r5t",
  "1qaz2wsx3edc", "zaq12wsx", "abcdefghij", "abc123", "0123456789", "1234567890", "123456789", "12345678",
  "123456", "9876543210", "0987654321",
] // biome-ignore format: a table

export type PasswordVerdict =
  | { readonly kind: "fit"; readonly password: string }
  | { readonly kind: "unfit"; readonly text: string }

/** For a new password. `local` is the local part of the person's address, in its kept form. */
export function judgePassword(text: string, local: string): PasswordVerdict {
  const password = normalisePassword(text)
  if (password === undefined)
    return { kind: "unfit", text: `A password has at most ${MAX_PASSWORD_BYTES} bytes.` }
  const characters = [...password]
  if (characters.length < MIN_PASSWORD_CHARACTERS) {
    return { kind: "unfit", text: `A password needs at least ${MIN_PASSWORD_CHARACTERS} characters.` }
  }
  if (/[\u0000-\u001f\u007f]/.test(password)) {
    return { kind: "unfit", text: "A password has no tabs, line ends or other control characters." }
  }
  if (new Set(characters).size < 4)
    return { kind: "unfit", text: "This password repeats too few characters." }
  const lower = password.toLowerCase()
  if (local.length >= MIN_NAME && lower.includes(local)) {
    return { kind: "unfit", text: "A password must not contain the name in the address." }
  }
  for (const word of common) {
    if (lower.includes(word) && [...lower.replaceAll(word, "")].length < MIN_PASSWORD_CHARACTERS - 4) {
      return { kind: "unfit", text: "This password is among the first that anybody would try." }
    }
  }
  return { kind: "fit", password }
}

/** The one form of a password, new or given at sign-in; undefined when it is longer than any can be. */
export function normalisePassword(text: string): string | undefined {
  if (text.length > MAX_TEXT) return undefined
  const password = text.normalize("NFC").replace(/\p{Zs}/gu, " ")
  return Buffer.byteLength(password) > MAX_PASSWORD_BYTES ? undefined : password
}
