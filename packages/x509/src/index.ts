/**
 * X.509 certificates (RFC 5280), as much as a server needs: one that it signs itself, a request for one that others
 * sign, and what is found in those of others.
 */
export { certificateRequest, type RequestOptions } from "./certificate-request.ts"
export { extensionIds, findExtension } from "./extensions.ts"
export { type IssuedAs, issuedAs } from "./key-id.ts"
export { childrenOf, contentOf, type Element, readElement } from "./read-der.ts"
export { type SelfSignedOptions, selfSignedCertificate } from "./self-signed.ts"
