import { syntax } from "../fault.ts"
import type { Reply } from "../reply.ts"
import type { Command } from "../session.ts"

const bye: Reply = { code: 221, enhanced: "2.0.0", text: "Bye" }

/** RFC 5321 §4.1.1.10. */
export const quit: Command = (session, argument) => {
  if (argument !== "") return syntax("QUIT takes no argument")
  session.transaction = undefined
  return { kind: "close", reply: bye, why: "quit" }
}
