/** X.509 certificates, as much as a server needs to begin with: one that it signs itself (RFC 5280). */
export { type SelfSignedOptions, selfSignedCertificate } from "./self-signed.ts"
