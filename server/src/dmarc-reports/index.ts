/**
 * DMARC's aggregate reports: what other servers say was sent in the name of a domain of ours. Owns the table
 * dmarc_report. Reports about single messages that failed (RFC 9991) are mail like any other here, and none are sent.
 */
export { type Overview, overviewOf, type Source } from "./overview.ts"
export { createReception, type Reception } from "./reception.ts"
export { daysKept, type KeptReport, openReportRows, type ReportRows } from "./rows.ts"
