import type { MailFilters } from "./filter-mail.ts"
import type { TellFault } from "./tell-fault.ts"
import type { ReturnPaths } from "./turn-back.ts"

/** What the paths of mail need to run filters, and to follow up on what they sent. */
export interface Filtering {
  readonly filters: MailFilters
  readonly tellFault: TellFault["tell"]
  readonly returns: ReturnPaths
}
