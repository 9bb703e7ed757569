export type { AuthResults } from "./read.ts"
export { claimsToBeFrom, readAuthResults } from "./read.ts"
export type { MethodResult, ResultProperty } from "./write.ts"
export { writeAuthResults } from "./write.ts"
