import { z } from "zod"
import type { People } from "../../../people/index.ts"
import { command } from "../command.ts"

export const domainCommands = (people: People) => [
  command(
    "domain.add",
    z.object({ domain: z.string().min(1).max(255), org: z.string().optional() }),
    async ({ domain, org }) => {
      const added = await people.addDomain(domain, org)
      return {
        text: `takes mail for ${added.domain} from now on. Next: ./letterkeep account add you@${added.domain} --password-stdin`,
        value: added,
      }
    },
  ),
]
