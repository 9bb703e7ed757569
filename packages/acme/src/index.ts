/**
 * ACME (RFC 8555): how a server gets its certificates from an authority by itself. Values in, values out: the client is a
 * generator that yields requests, waits and proofs to put in place, and whoever drives it has the sockets, the clock and
 * the keys.
 *
 *     const session = yield* openSession(directory, accountKey(privateKey), clock.now)
 *     yield* openAccount(session, { agrees: true, contact: [], external: undefined })
 *     const pem = yield* orderCertificate(session, { names, challenge: "http-01", request, replaces: undefined })
 */
export { type AccountWish, openAccount } from "./account.ts"
export { type IssuedChain, issuerOf, readChain } from "./chain.ts"
export { type Explained, explainFailure } from "./explain.ts"
export type { AcmeFailure } from "./failure.ts"
export { type AccountKey, accountKey, type ExternalAccount } from "./jws.ts"
export { waitBeforeNextTry } from "./next-try.ts"
export { type OrderWish, orderCertificate } from "./order.ts"
export {
  alpnDigest,
  alpnProtocol,
  type ChallengeKind,
  dnsRecord,
  httpChallengePath,
  isToken,
  type Proof,
} from "./proof.ts"
export { askWhenToRenew, type Life, renewalName, renewalTime, timeWithin } from "./renewal.ts"
export { openSession, type Session } from "./session.ts"
export {
  AcmeError,
  type HttpAnswer,
  type HttpRequest,
  type Outcome,
  outcomeOf,
  type Step,
  type Work,
} from "./work.ts"
