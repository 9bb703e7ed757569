/**
 * TLS reports (RFC 8460): who wants to hear how connections to their mail servers went, what is counted for them, and
 * the reports, written and read. Values in, values out; compressing, sending and fetching are the caller's.
 */
export { type CountLimits, type Counts, createCounts, type SeenSession } from "./count.ts"
export { type ReadReport, readReport } from "./read.ts"
export { type ReportRecord, readRecords, recordName } from "./record.ts"
export {
  detailLimit,
  type FailureDetail,
  type PolicyReport,
  type PolicySeen,
  policyLimit,
  type ResultType,
  reportBytesLimit,
  resultTypes,
  type TlsReport,
} from "./report.ts"
export { reportFileName, writeReport } from "./write.ts"
