/** What a person has chosen, who may be shown or told what, and the ledger that says it. */
import { type CliCommand, passwordStdin, reason } from "../cli-command.ts"

export const privacyCommands: readonly CliCommand[] = [
  {
    words: "choices",
    takes: ["address"],
    options: reason,
    does: "shows what a person has chosen, and every choice that they made; the person is told, with the reason",
  },
  {
    words: "choice set",
    takes: ["address", "choice", "answer"],
    options: passwordStdin,
    stdin: ["password"],
    first: "choice.ask",
    does: "asks a person who signs in, and keeps the answer with the words: sell-or-share yes, or no",
  },
  {
    words: "staff list",
    takes: [],
    does: "says who of those who run this server may be shown what is a person's, and until when",
  },
  {
    words: "staff agree",
    takes: ["name"],
    options: { fields: "list", until: "text" },
    does: "binds somebody who runs this server, a year at most; --until 2027-06-30",
  },
  { words: "staff end", takes: ["name"], does: "ends that: they are shown nothing any more" },
  {
    words: "recipients list",
    takes: [],
    does: "says whom this server tells what, and how long that is agreed",
  },
  {
    words: "recipients agree",
    takes: ["recipient"],
    options: { purposes: "list", fields: "list", country: "text", until: "text" },
    does: "agrees with a recipient, at most what the policy declares; --until 2027-12-31",
  },
  { words: "recipients end", takes: ["recipient"], does: "ends an agreement: nothing goes there any more" },
  {
    words: "ledger verify",
    takes: [],
    does: "recomputes the whole ledger from its rows, and says what is wrong with it",
  },
  {
    words: "ledger export",
    takes: ["address"],
    options: { ...passwordStdin, out: "file" },
    stdin: ["password"],
    does: "signs in and writes what the ledger says of the person, with proofs, into FILE",
  },
]
