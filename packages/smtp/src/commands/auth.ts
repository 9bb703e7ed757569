import { type Broken, broken, order, syntax } from "../fault.ts"
import type { Reply } from "../reply.ts"
import type { Command, Session } from "../session.ts"
import { notOffered } from "./idle.ts"

/**
 * RFC 4954 §4 and §8:
 *
 *     auth-command     = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response] CRLF
 *     sasl-mech        = 1*20(%x41-5A / DIGIT / "-" / "_")       ; RFC 4422 §3.1
 *     initial-response = base64 / "="
 *     cancel-response  = "*"
 *
 * Mechanisms are taken in any case. Not before EHLO, not in a transaction, and not twice; where nobody signs in it is
 * refused as a command that there is not.
 */
export const auth: Command = (session, argument) => {
  if (session.signIn === undefined) return notOffered(session, argument)
  if (session.hello !== "EHLO") return order("Say EHLO first")
  if (session.signedIn) return order("You have signed in")
  if (session.transaction !== undefined) return order("Not in the middle of a message")
  const [mechanism = "", initial, ...more] = argument.split(/ +/)
  if (!/^[A-Za-z0-9_-]{1,20}$/.test(mechanism) || more.length > 0) return syntax("AUTH takes a mechanism")
  if (initial !== undefined && !isResponse(initial)) return broken("syntax", notBase64)
  const named = { kind: "auth", mechanism: mechanism.toUpperCase() } as const
  return { kind: "ask", question: initial === undefined ? named : { ...named, initial } }
}

const notBase64: Reply = {
  code: 501,
  enhanced: "5.5.2",
  text: "A first message is base 64, or = where it is empty",
}

function isResponse(text: string): boolean {
  return text === "=" || /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

/** RFC 4954 §6: where mail is taken from who has signed in alone, MAIL waits for it. */
export function lacksSignIn({ signIn, signedIn }: Session): Broken | undefined {
  return signIn === undefined || signedIn ? undefined : broken("order", signInFirst)
}

const signInFirst: Reply = { code: 530, enhanced: "5.7.0", text: "Sign in first" }
