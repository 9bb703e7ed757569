import type { CountLimits } from "@letterkeep/tls-rpt"

/** What is told apart of one domain in a day; further failures are in the sums, sessions under further policies nowhere. */
export const limitsOfDomain: CountLimits = { policies: 20, details: 100 }
