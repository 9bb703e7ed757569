export { createHandOver, type HandOver, type HandOverParts } from "./hand-over.ts"
export { createPolicies, type Policies, type PoliciesParts } from "./mta-sts-policies.ts"
