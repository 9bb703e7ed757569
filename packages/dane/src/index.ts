/**
 * DANE for SMTP (RFC 6698, RFC 7671, RFC 7672): what a domain says in the signed DNS about the certificates of its mail
 * servers, and whether the certificates that a server showed are such. Values in, values out: whoever asks the DNS and
 * shakes hands is the caller.
 */
export { type Authentication, authenticate, chainLimit, type Shown } from "./authenticate.ts"
export { type DaneDecision, daneAfterTls, daneBeforeConnecting, type TlsReached } from "./decide.ts"
export { type ReadTlsa, readTlsa, type UsableTlsa, usableRecords } from "./tlsa.ts"
export { type DaneWish, type FoundHost, tlsaBases, tlsaName, type WishQuestion, wishOf } from "./wish.ts"
