import { normaliseDomain } from "../../people/index.ts"
import { organisation, type Privacy } from "../../privacy/index.ts"
import { ControlError } from "./command.ts"

/** A domain that whoever runs the server typed, in its kept form: lower case, A-labels. */
export async function readDomain(privacy: Pick<Privacy, "gate">, text: string): Promise<string> {
  const given = organisation(text)
  const domain = await privacy.gate("account.serve", { kind: "stranger" }, async permit =>
    normaliseDomain(given.open(permit)),
  )
  if (domain === undefined) throw new ControlError("that is no domain name. It looks like example.org")
  return domain
}

export function notOurs(domain: string): ControlError {
  return new ControlError(`${domain} is no domain of this server. See: ./letterkeep domain add ${domain}`)
}
