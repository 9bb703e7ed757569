import type { EgressRecipient } from "../../ports/network/index.ts"
import type { Category } from "./categories.ts"

/** Who outside gets what. Only who is told something today stands here; what is not listed does not leave. */
interface RecipientEntry {
  readonly sentence: string
  /** The only categories that this recipient may get. */
  readonly fields: readonly Category[]
  /** Milliseconds since 1970 when the agreement ends; undefined: it stands. */
  readonly until: number | undefined
}

export const recipients = {
  dns: {
    sentence:
      "The name servers of the internet are asked about the domains and machines that a message names.",
    fields: ["user.communications.domain", "user.device.ip_address"],
    until: undefined,
  },
  "own-door": {
    sentence: "Mail that you try the server with goes out to its own mail door, on the same machine.",
    fields: ["user.contact.email"],
    until: undefined,
  },
} as const satisfies { readonly [R in EgressRecipient]: RecipientEntry }
