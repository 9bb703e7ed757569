/**
 * The policy, as data: which purposes exist, what each may open and why it may, and who outside gets what.
 * The types of `gate`, `Personal` and `disclose` come from these tables. Only what exists today stands here.
 */
export { type Category, type CategoryOrAbove, categories, isCategory } from "./categories.ts"
export { purposes } from "./purposes.ts"
export { recipients } from "./recipients.ts"
export type { FieldOf, Purpose, PurposeThatOpens, PurposeThatTells, Recipient } from "./registry.ts"

export { isDeclaredCountry, type Where } from "./transfers.ts"

export const policyVersion = 1
