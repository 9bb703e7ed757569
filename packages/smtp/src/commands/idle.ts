import { broken, syntax } from "../fault.ts"
import type { Reply } from "../reply.ts"
import type { Command } from "../session.ts"

/** The commands that change nothing: NOOP, HELP, VRFY, and those that are refused as such. */
const fine: Reply = { code: 250, enhanced: "2.0.0", text: "OK" }
const known = "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS VRFY"
const help: Reply = { code: 214, enhanced: "2.0.0", text: known }
const helpWithAuth: Reply = { code: 214, enhanced: "2.0.0", text: `${known} AUTH` }
/** RFC 5321 §3.5.3 and §7.3: the same for every address, so that nobody can list them. */
const perhaps: Reply = { code: 252, enhanced: "2.0.0", text: "Send the message and see" }

/** RFC 5321 §4.1.1.9: an argument is let pass. */
export const noop: Command = () => ({ kind: "answered", reply: fine, notice: { kind: "idle", verb: "NOOP" } })

export const helpCommand: Command = ({ signIn }) => ({
  kind: "answered",
  reply: signIn === undefined ? help : helpWithAuth,
  notice: { kind: "idle", verb: "HELP" },
})

export const vrfy: Command = (_, argument) =>
  argument === ""
    ? syntax("VRFY takes a name")
    : { kind: "answered", reply: perhaps, notice: { kind: "idle", verb: "VRFY" } }

/** EXPN, TURN, ETRN and their like: RFC 5321 §4.2.4. */
export const notOffered: Command = () =>
  broken("not-offered", { code: 502, enhanced: "5.5.1", text: "Not offered here" })

export const unknown: Command = () =>
  broken("unknown-command", { code: 500, enhanced: "5.5.1", text: "Unknown command" })
