/**
 * The policy, as data: which purposes exist, what each may open and why it may, and who outside gets what.
 * The types of `gate`, `Personal` and `disclose` come from these tables. Only what exists today stands here.
 */
export { type Category, type CategoryOrAbove, categories, isCategory } from "./categories.ts"
export { type CheckResult, type CheckResults, maxResultsBytes, readCheckResults } from "./check-results.ts"
export { type Change, differenceOf } from "./difference.ts"
export type { PolicyDocument, Section, Statement } from "./document.ts"
export { type Feature, missingFacts, type PolicyFacts } from "./facts.ts"
export { type PolicyInEffect, policyInEffect, rulesAlone } from "./in-effect.ts"
export { isMaterial } from "./materiality.ts"
export { openPolicy, type PublicPolicy } from "./open-policy.ts"
export type {
  AlteredVersion,
  ListedVersion,
  MissingAfter,
  NewestVersion,
  PlacedVersion,
  PublishedVersion,
  VersionList,
} from "./published.ts"
export { purposes } from "./purposes.ts"
export { recipients } from "./recipients.ts"
export type { RecordOfProcessing } from "./record.ts"
export * from "./registry.ts"
export { rulesHash } from "./rules.ts"
