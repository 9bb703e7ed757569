export { type ReadAggregate, readAggregate } from "./aggregate/read.ts"
export {
  type AggregateRecord,
  type AggregateReport,
  type Aligned,
  type AuthWord,
  aggregateBytesLimit,
  aggregateRecordLimit,
  aggregateResultLimit,
  type DkimSeen,
  type OverrideReason,
  type PublishedPolicy,
  type SpfSeen,
} from "./aggregate/report.ts"
export { aggregateFileName, writeAggregate } from "./aggregate/write.ts"
export type { AuthorDomain } from "./author-domain.ts"
export { everyAddressOf, findAuthorDomain } from "./author-domain.ts"
export type { DmarcOutcome, DmarcResult, Identifier, OngoingDmarc } from "./check.ts"
export { beginDmarc } from "./check.ts"
export { type MayReport, mayReportTo } from "./may-report.ts"
export type { ParsedPolicyRecord, Policy, PolicyRecord } from "./policy-record.ts"
export { parsePolicyRecord } from "./policy-record.ts"
export type { ReportAddress } from "./report-address.ts"
export { createRecordLookup, namesOfWalk, walkTree } from "./tree-walk.ts"
