/**
 * Sending: what waits to be sent, what signs it, who it is handed over to, and what became of it. Owns the tables
 * queued_mail, queued_body, queued_recipient, queue_worker, dkim_key, sent_today, sts_policy,
 * tls_report_count, tls_report.
 */
export { type Allowance, type AllowanceParts, createAllowance, OverAllowanceError } from "./allowance.ts"
export type * from "./contract.ts"
export { type Courier, startCourier } from "./delivering/courier.ts"
export { giveUpHeld } from "./delivering/give-up-held.ts"
export { createPutHere, type GiveHere, type PutHere, type Refused } from "./delivering/put-here.ts"
export { setAside } from "./delivering/set-aside.ts"
export { createSettler, type Settler } from "./delivering/settler.ts"
export { drift } from "./dns-advice/advise.ts"
export { type Examined, examineDomain } from "./dns-advice/examine.ts"
export type { DnsFinding, Service } from "./dns-advice/facts.ts"
export { stsPolicyText } from "./dns-advice/sts-policy.ts"
export { zoneFile, zoneLine } from "./dns-advice/zone-file.ts"
export { openHandOver, relayOf, routesOf } from "./hand-over/index.ts"
export { dropOldHistory } from "./history/drop-old-history.ts"
export type { ReportedEvent, SentEvent, SentFacts, TriedEvent } from "./history/facts.ts"
export {
  findSent,
  type PlaceInSent,
  readSent,
  readWaiting,
  type SentMail,
  type SentPage,
} from "./history/read-sent.ts"
export { type ReportedParts, recordReported } from "./history/record-reported.ts"
export { openSentRecorder, type SentRecorder } from "./history/record-sent.ts"
export { reporterGroup } from "./history/reporter-group.ts"
export type { Damaged } from "./queue/claim.ts"
export { type Intervention, openQueueDesk, type QueueDesk } from "./queue/desk.ts"
export { hasDomain } from "./queue/destination.ts"
export { dropUnusedKeys } from "./queue/drop-unused-keys.ts"
export { countQueue, type QueueCounts } from "./queue/look.ts"
export { openQueue, type Queue } from "./queue/open-queue.ts"
export type { WaitingRecipient } from "./queue/show-recipients.ts"
export {
  createTakeBack,
  type TakeBack,
  type TakenBackAll,
  type TakenBackMail,
  type TakenFrom,
} from "./queue/take-back.ts"
export { createReturnTags, type ReturnTags, withoutTag } from "./return-tags.ts"
export { countUnsigned } from "./signing/count-unsigned.ts"
export { createDomainKeys, type DomainKeys } from "./signing/domain-keys.ts"
export { recordName, recordText } from "./signing/key-record.ts"
export type { DkimKey } from "./signing/key-rows.ts"
export { openSigning, type Signing } from "./signing/signing.ts"
export { turnKeys } from "./signing/turn-keys.ts"
export { findReporter } from "./tls-reports/find-reporter.ts"
export { openTlsReports, type TlsReports } from "./tls-reports/open-tls-reports.ts"
export { overviewOfTls, type TlsOverview } from "./tls-reports/received/overview.ts"
export { createTlsReception } from "./tls-reports/received/reception.ts"
export {
  type KeptTlsReport,
  openTlsReportRows,
  type TlsReportRows,
  tlsReportDays,
} from "./tls-reports/received/rows.ts"
