import { syntax } from "../fault.ts"
import type { Reply } from "../reply.ts"
import type { Command } from "../session.ts"

const done: Reply = { code: 250, enhanced: "2.0.0", text: "Reset" }

/** RFC 5321 §4.1.1.5: all of a transaction is forgotten; the greeting stays. */
export const rset: Command = (session, argument) => {
  if (argument !== "") return syntax("RSET takes no argument")
  session.transaction = undefined
  return { kind: "answered", reply: done, notice: { kind: "reset" } }
}
