/** What `./letterkeep` understands, in the order in which its help lists it. Longer commands stand before those they begin with. */
import type { CliCommand } from "./cli-command.ts"
import { domainCommands } from "./commands/domains.ts"
import { filterCommands, sieveCommands } from "./commands/filters.ts"
import { certificateCommands, machineCommands } from "./commands/machine.ts"
import { peopleCommands } from "./commands/people.ts"
import { privacyCommands } from "./commands/privacy.ts"
import { sendingCommands } from "./commands/sending.ts"

export const cliCommands: readonly CliCommand[] = [
  ...domainCommands,
  ...peopleCommands,
  ...filterCommands,
  ...privacyCommands,
  ...sieveCommands,
  ...certificateCommands,
  ...sendingCommands,
  ...machineCommands,
]
