/** The machine and its server. */
import type { CliCommand } from "../cli-command.ts"

export const certificateCommands: readonly CliCommand[] = [
  {
    words: "certificate",
    takes: [],
    options: { renew: "flag", "new-key": "flag" },
    does: "says which certificate is in force and how it is renewed; --renew does so now, --new-key with another key",
  },
]

export const machineCommands: readonly CliCommand[] = [
  { words: "status", takes: [], does: "says what the server is doing" },
  { words: "doctor", takes: [], does: "says what is wrong with this machine, and what to do" },
]
