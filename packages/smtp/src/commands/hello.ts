import { syntax } from "../fault.ts"
import { maxDomain } from "../limits.ts"
import type { Command, Session, Step } from "../session.ts"

/**
 * RFC 5321 §4.1.1.1:
 *
 *     ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
 *     helo = "HELO" SP Domain CRLF
 *
 * Departs from RFC 5321 §4.1.1.1: any word of the characters that either may have is taken, since many
 * clients greet with something near to a name. It may be false anyway: RFC 5321 §4.1.4.
 */
export const ehlo: Command = (session, argument) => greet(session, "EHLO", argument)
export const helo: Command = (session, argument) => greet(session, "HELO", argument)

function greet(session: Session, verb: "EHLO" | "HELO", name: string): Step {
  if (name.length > maxDomain || !/^[A-Za-z0-9._:[\]-]+$/.test(name))
    return syntax(`${verb} takes a host name`)
  session.hello = verb
  session.transaction = undefined // RFC 5321 §4.1.4: as RSET does
  const reply =
    verb === "HELO" ? session.profile.helo : session.profile.ehlo(session.secure, offered(session))
  return { kind: "answered", reply, notice: { kind: "hello", verb, name } }
}

/** RFC 4954 §4: who has signed in does not sign in again. */
function offered({ signIn, signedIn }: Session): readonly string[] {
  return signIn === undefined || signedIn ? [] : signIn.mechanisms()
}
