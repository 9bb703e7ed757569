import { countUnsigned } from "../../../sending/index.ts"
import type { Store } from "../../../store/index.ts"
import { type Finding, look, well } from "./finding.ts"

/** Whether others can tell by a signature that mail is ours. What else the DNS should have, `dns` says. */
export async function examineSigning(store: Pick<Store, "sql">): Promise<Finding> {
  const { unsigned, domains } = await countUnsigned(store)
  if (unsigned === 0)
    return well("signing", domains === 0 ? "there is no domain yet" : "mail of all domains is signed")
  return look(
    "signing",
    `mail of ${unsigned} of ${domains} domains goes out unsigned: others refuse much of such mail`,
    "see ./letterkeep dns DOMAIN, and publish the records of its keys",
  )
}
