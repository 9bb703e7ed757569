import { type Register, recipientNames } from "../../../privacy/index.ts"
import { stateOf } from "../commands/shown-recipient.ts"
import { type Finding, look, well, wrong } from "./finding.ts"

const soonMs = 30 * 24 * 60 * 60 * 1000

/** Whether something that this server has to tell others has stopped, or soon will. */
export function examineAgreements(register: Pick<Register, "inForce">, now: number): Finding {
  const about = "recipients"
  for (const recipient of recipientNames) {
    const agreement = register.inForce(recipient)
    const { flows, says } = stateOf(agreement, now)
    const todo = `./letterkeep recipients agree ${recipient}`
    if (!flows)
      return wrong(
        about,
        recipient === "dns"
          ? `nothing goes to the DNS (${says}): senders cannot be checked, and mail is put off with 451`
          : `nothing goes to ${recipient}: ${says}`,
        todo,
      )
    if (agreement !== "broken" && agreement?.until !== undefined && agreement.until - now < soonMs)
      return look(about, `the agreement with ${recipient} ends soon: ${says}`, todo)
  }
  return well(about, "an agreement stands with everybody whom this server tells something")
}
