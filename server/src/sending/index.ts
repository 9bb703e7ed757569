/**
 * Sending: what waits to be sent, what signs it, who it is handed over to, and what became of it. Owns the tables
 * queued_mail, queued_body, queued_recipient, dkim_key, sent_today.
 */
export type * from "./contract.ts"
export { drift } from "./dns-advice/advise.ts"
export { type Examined, examineDomain } from "./dns-advice/examine.ts"
export type { DnsFinding, Service } from "./dns-advice/facts.ts"
export { stsPolicyText } from "./dns-advice/sts-policy.ts"
export { zoneFile, zoneLine } from "./dns-advice/zone-file.ts"
export { openQueue, type Queue } from "./queue/open-queue.ts"
export { createDomainKeys, type DomainKeys } from "./signing/domain-keys.ts"
export { recordName, recordText } from "./signing/key-record.ts"
export type { DkimKey } from "./signing/key-rows.ts"
export { openSigning, type Signing } from "./signing/signing.ts"
export { turnKeys } from "./signing/turn-keys.ts"
