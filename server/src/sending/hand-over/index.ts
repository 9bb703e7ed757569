export { createHandOver, type HandOver } from "./hand-over.ts"
export { createPolicies } from "./mta-sts-policies.ts"
