import { z } from "zod"
import type { People } from "../../../people/index.ts"
import { command } from "../command.ts"

export const orgCommands = (people: People) => [
  command("org.add", z.object({ name: z.string().trim().min(1).max(200) }), async ({ name }) => {
    const org = await people.addOrg(name)
    return { text: `made the organisation "${name}"`, value: { org, name } }
  }),
]
