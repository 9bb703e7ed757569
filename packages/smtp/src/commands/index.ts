import type { Command } from "../session.ts"
import { auth } from "./auth.ts"
import { bdat } from "./bdat.ts"
import { data } from "./data.ts"
import { foreign } from "./foreign.ts"
import { ehlo, helo } from "./hello.ts"
import { helpCommand, noop, notOffered, unknown, vrfy } from "./idle.ts"
import { mail } from "./mail.ts"
import { quit } from "./quit.ts"
import { rcpt } from "./rcpt.ts"
import { rset } from "./rset.ts"
import { starttls } from "./starttls.ts"

const commands: ReadonlyMap<string, Command> = new Map([
  ["EHLO", ehlo],
  ["HELO", helo],
  ["MAIL", mail],
  ["RCPT", rcpt],
  ["DATA", data],
  ["BDAT", bdat],
  ["STARTTLS", starttls],
  ["RSET", rset],
  ["NOOP", noop],
  ["HELP", helpCommand],
  ["VRFY", vrfy],
  ["QUIT", quit],
  ["AUTH", auth],
  ...["EXPN", "ETRN", "ATRN", "TURN", "SEND", "SOML", "SAML", "BURL"].map(
    verb => [verb, notOffered] as const,
  ),
  ...["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PRI", "HOST:"].map(
    verb => [verb, foreign] as const,
  ),
])

/** Commands that carry mail forward: they do not count as idle. */
const carrying: ReadonlySet<string> = new Set(["MAIL", "RCPT", "DATA", "BDAT"])

/** Finds the command of a verb in upper case. */
export function commandOf(verb: string): { readonly run: Command; readonly idle: boolean } {
  return { run: commands.get(verb) ?? unknown, idle: !carrying.has(verb) }
}
