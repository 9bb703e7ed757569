import { broken, order, syntax } from "../fault.ts"
import { readParameters } from "../grammar/esmtp-parameters.ts"
import { readPath } from "../grammar/path.ts"
import { rcptParameters } from "../grammar/rcpt-parameters.ts"
import type { Command } from "../session.ts"
import { placeOfPath } from "./mail.ts"

/** RFC 5321 §4.1.1.3: `rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF`; blanks as in `mail.ts`. */
export const rcpt: Command = (session, argument) => {
  const { transaction } = session
  if (transaction === undefined) return order("Say MAIL first")
  if (transaction.chunking || transaction.failure !== undefined) return order("The message has begun")
  const from = placeOfPath(argument, "TO:")
  if (from === undefined) return syntax("RCPT TO:<address>")
  if (transaction.recipients >= session.profile.limits.recipients) {
    // RFC 5321 §4.5.3.1.10; the limit was announced as RCPTMAX.
    return broken("too-many-recipients", { code: 452, enhanced: "4.5.3", text: "Too many recipients" })
  }
  const read = readPath(argument, from, "forward")
  if (read.kind === "bad") return syntax("The recipient's address is not well formed", "5.1.3")
  const parameters = readParameters(argument, read.end)
  if (parameters === undefined) return syntax("The parameters are not well formed")
  const { smtputf8 } = transaction.sender
  const result = rcptParameters(parameters, smtputf8)
  if (result.kind === "fault") return result
  if (read.path.kind === "mailbox" && read.path.international && !smtputf8) {
    return broken("syntax", { code: 553, enhanced: "5.6.7", text: "Such an address needs SMTPUTF8" }) // RFC 6531 §3.5
  }
  return { kind: "ask", question: { kind: "rcpt", recipient: { ...result.said, path: read.path } } }
}
