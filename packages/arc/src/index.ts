export type { ArcSet, GatheredSets } from "./sets.ts"
export { gatherSets, setLimit } from "./sets.ts"
export type { ArcOutcome, ArcVerifier } from "./verifier.ts"
export { createArcVerifier } from "./verifier.ts"
