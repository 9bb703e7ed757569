export type { DnsAnswer, MxRecord, Resolver } from "./resolver.ts"
export { createTableResolver } from "./table-resolver.ts"
