/**
 * DMARC's aggregate reports: what other servers say was sent in the name of a domain of ours, and what this one says to
 * the domains whose mail it gets. Owns the tables dmarc_report and dmarc_count. Reports about single messages that failed
 * (RFC 9991) are mail like any other here, and none are sent.
 */
export { type Collector, createCollector, type Seen } from "./collector.ts"
export { openCountRows } from "./count-rows.ts"
export { type Overview, overviewOf, type Source } from "./overview.ts"
export { createReception, type Reception } from "./reception.ts"
export { daysKept, type KeptReport, openReportRows, type ReportRows } from "./rows.ts"
export { type Reporter, sendDueReports } from "./send-due.ts"
