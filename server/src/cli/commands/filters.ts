/** Filters: those that people have, and those in files, which no server is asked about. */
import { type CliCommand, passwordStdin, reason } from "../cli-command.ts"

const asScript = { argument: "file", as: "script" } as const

export const filterCommands: readonly CliCommand[] = [
  {
    words: "filter set",
    takes: ["address", "file"],
    options: { ...passwordStdin, name: "text" },
    reads: asScript,
    stdin: ["password"],
    does: "sets the mail filter in FILE and puts it to work; --name NAME where there are several",
  },
  {
    words: "filter try",
    takes: ["address", "file"],
    options: { ...passwordStdin, last: "text" },
    reads: asScript,
    stdin: ["password"],
    does: "says what a filter would have done with the last 200 messages, and why; changes nothing",
  },
  {
    words: "filter list",
    takes: ["address"],
    options: passwordStdin,
    stdin: ["password"],
    does: "says which filters a person has, and which one is at work",
  },
  {
    words: "filter show",
    takes: ["address"],
    options: { ...passwordStdin, name: "text" },
    stdin: ["password"],
    does: "shows the filter that is at work, or the one of that name",
  },
  {
    words: "filter use",
    takes: ["address", "name"],
    options: passwordStdin,
    stdin: ["password"],
    does: "puts another filter to work",
  },
  {
    words: "filter off",
    takes: ["address"],
    options: passwordStdin,
    stdin: ["password"],
    does: "lets no filter run on what comes",
  },
  {
    words: "filter remove",
    takes: ["address", "name"],
    options: passwordStdin,
    stdin: ["password"],
    does: "removes a filter",
  },
  {
    words: "filter stop",
    takes: ["address"],
    options: reason,
    does: "stops the filter of somebody else, without seeing it; the person is told, with the reason",
  },
]

export const sieveCommands: readonly CliCommand[] = [
  {
    words: "sieve check",
    takes: ["file"],
    here: "sieve-check",
    does: "says whether a mail filter in FILE is right, and where it is wrong",
  },
  {
    words: "sieve try",
    takes: ["file", "message"],
    options: { from: "text", to: "text" },
    here: "sieve-try",
    does: "says what a filter would do with a message in a file, and why; does none of it",
  },
]
