import { broken, order, syntax } from "../fault.ts"
import type { Command } from "../session.ts"

/** RFC 3207 §4: no argument; 454 where TLS cannot be had now; once only. */
export const starttls: Command = (session, argument) => {
  if (argument !== "") return syntax("STARTTLS takes no argument")
  if (session.secure) return order("TLS is on")
  if (!session.profile.offersTls()) {
    return broken("not-offered", { code: 454, enhanced: "4.7.0", text: "TLS is not available now" })
  }
  return { kind: "ask", question: { kind: "starttls" } }
}
