/**
 * LOGIN, which no RFC has but many mail programs: the server asks for the name, then for the secret; each answer is
 * that word and nothing else. Some send the name at once, as a first message.
 */
import { type Malformed, malformed, textOf } from "./text.ts"

/** Octets of a name and of a secret. */
export const MAX_LOGIN_WORD = 1_024

/** The challenges, one after the other: programs know them by these words. */
export const loginChallenges = { name: Buffer.from("Username:"), secret: Buffer.from("Password:") } as const

export interface LoginWord {
  readonly kind: "word"
  readonly text: string
}

/** A name or a secret: UTF-8 without NUL, not empty. */
export function readLoginWord(message: Uint8Array): LoginWord | Malformed {
  if (message.length === 0) return malformed("an empty name or secret")
  if (message.length > MAX_LOGIN_WORD) return malformed("too long")
  const text = textOf(message)
  if (text === undefined) return malformed("not UTF-8")
  return text.includes("\0") ? malformed("a NUL") : { kind: "word", text }
}
