import { z } from "zod"
import type { People } from "../../../people/index.ts"
import { organisation, type Privacy } from "../../../privacy/index.ts"
import { orRefuse } from "../answers.ts"
import { command } from "../command.ts"

/** Organisations and their domains. */
export const houseCommands = (people: People, privacy: Pick<Privacy, "gate">) => [
  command("org.add", z.object({ name: z.string() }), async ({ name }) => {
    const { orgId } = orRefuse(await people.addOrg(organisation(name)))
    return { text: `made the organisation "${name}"`, value: { org: orgId, name } }
  }),
  command(
    "domain.add",
    z.object({ domain: z.string(), org: z.string().optional() }),
    async ({ domain, org }) => {
      const added = orRefuse(
        await people.addDomain(organisation(domain), org === undefined ? undefined : organisation(org)),
      )
      const taken = await privacy.gate("account.serve", { kind: "stranger" }, async permit =>
        added.domain.open(permit),
      )
      return {
        text: `takes mail for ${taken} from now on`,
        value: { domain: taken, org: added.orgId },
      }
    },
  ),
]
