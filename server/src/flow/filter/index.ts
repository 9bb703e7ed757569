/** Filters between screening and keeping: see filter-mail.ts. */
export { createDryRun, type Tried } from "./dry-run.ts"
export { createMailFilters, type FilteredMail, type MailFilters, unfiltered } from "./filter-mail.ts"
export type { Filtering } from "./filtering.ts"
export type { FilterParts } from "./parts.ts"
export type { Filing, InHand, Reader } from "./reader.ts"
export { createTellFault, type TellFault } from "./tell-fault.ts"
export { createReturnPaths, isReport, type ReturnPaths } from "./turn-back.ts"
