import { broken, order, syntax } from "../fault.ts"
import { readParameters } from "../grammar/esmtp-parameters.ts"
import { mailParameters } from "../grammar/mail-parameters.ts"
import { readPath } from "../grammar/path.ts"
import type { Command } from "../session.ts"
import { lacksSignIn } from "./auth.ts"

/**
 * RFC 5321 §4.1.1.2: `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF`
 *
 * Departs from RFC 5321 §3.3: blanks between the colon and the path are let pass; old clients send one.
 */
export const mail: Command = (session, argument) => {
  if (session.hello === undefined) return order("Say EHLO first")
  const stranger = lacksSignIn(session)
  if (stranger !== undefined) return stranger
  if (session.transaction !== undefined) return order("One sender at a time")
  if (session.transactions >= session.profile.limits.transactions) {
    // RFC 9422 §4.1: the limit was announced as MAILMAX.
    return {
      kind: "close",
      why: "too-many-transactions",
      reply: { code: 421, enhanced: "4.7.0", text: "Enough messages for one connection" },
    }
  }
  const from = placeOfPath(argument, "FROM:")
  if (from === undefined) return syntax("MAIL FROM:<address>")
  const read = readPath(argument, from, "reverse")
  if (read.kind === "bad") return syntax("The sender's address is not well formed", "5.1.7")
  const parameters = readParameters(argument, read.end)
  if (parameters === undefined) return syntax("The parameters are not well formed")
  const result = mailParameters(session, parameters)
  if (result.kind === "fault") return result
  const { said } = result
  if (read.path.kind === "mailbox" && read.path.international && !said.smtputf8) {
    return broken("syntax", { code: 553, enhanced: "5.6.7", text: "Such an address needs SMTPUTF8" }) // RFC 6531 §3.5
  }
  return { kind: "ask", question: { kind: "mail", sender: { ...said, path: read.path } } }
}

/** Where the path begins after `word` (any case), blanks skipped. */
export function placeOfPath(argument: string, word: string): number | undefined {
  if (argument.slice(0, word.length).toUpperCase() !== word) return undefined
  let at = word.length
  while (argument[at] === " ") at += 1
  return at
}
