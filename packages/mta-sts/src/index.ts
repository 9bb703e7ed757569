/**
 * MTA-STS (RFC 8461): what a domain says about how mail must reach it, read from the DNS and from the web, and what that
 * means when a message is to be delivered. Values in, values out: whoever asks the DNS and the web is the caller.
 */
export { type Decision, decideAfterTls, decideBeforeConnecting, type TlsFound } from "./decide.ts"
export { matchesMx } from "./match-mx.ts"
export {
  acceptPolicy,
  type FetchedPolicy,
  maxAgeLimit,
  type Policy,
  policyBytesLimit,
  policyUrl,
  type ReadPolicy,
  readPolicy,
} from "./policy.ts"
export { type PolicyRecord, readRecords, recordName } from "./record.ts"
export {
  afterFetching,
  type Kept,
  type Plan,
  planRefresh,
  refreshAfter,
  retryFetchAfter,
} from "./refresh.ts"
