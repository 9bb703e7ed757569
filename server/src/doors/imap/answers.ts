/** The door's own words, and how answers are written (RFC 9051 §7.1). */
import type { Answer } from "./handler.ts"

export function answerLine(tag: string, { kind, code, text }: Answer): string {
  return `${tag} ${kind.toUpperCase()} ${code === undefined ? "" : `[${code}] `}${text}\r\n`
}

export const farewell = {
  "too-many": "Too many connections here now, try again later",
  "too-many-from-source": "Too many connections from your network, close some",
  "too-fast": "Too many new connections from your network, wait a minute",
  draining: "The server is going down, connect again in a minute",
  "too-slow": "Nothing was heard for too long",
  errors: "Too many commands were wrong",
  "too-many-commands": "Too many commands before sign-in",
  "wrong-sign-ins": "Too many wrong sign-ins",
  "signed-out": "Your sign-in has ended, since your password or your sessions were changed: sign in again",
  "mailbox-gone": "The mailbox that was open has been deleted",
  failed: "Something failed here, connect again",
} as const

export const unavailable: Answer = {
  kind: "no",
  code: "UNAVAILABLE", // RFC 5530 §3
  text: "This cannot be done just now, try again in a minute",
}

export const failed: Answer = {
  kind: "no",
  code: "SERVERBUG", // RFC 5530 §3
  text: "Something failed here; the operator's log says what",
}

export const signInFirst: Answer = { kind: "bad", text: "Sign in first: AUTHENTICATE or LOGIN" }
export const signedInAlready: Answer = { kind: "bad", text: "You are signed in; LOGOUT ends that" }
export const openFirst: Answer = { kind: "bad", text: "Open a mailbox first: SELECT or EXAMINE" }

export const noRoom: Answer = {
  kind: "no",
  code: "UNAVAILABLE",
  text: "There is no room for so large a message just now, try again in a minute",
}

export const noTls: Answer = {
  kind: "no",
  code: "UNAVAILABLE",
  text: "TLS is not available now",
}
