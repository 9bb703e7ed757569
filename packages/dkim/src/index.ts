export type { BodyHash, BodyHashes } from "./body-hashes.ts"
export { createBodyHashes } from "./body-hashes.ts"
export type { CheckContext, CheckedSignature, DkimResultName, OngoingCheck } from "./check-signature.ts"
export { askForKey, beginCheck, findKey, verifyText } from "./check-signature.ts"
export type { Canon, CanonicalFields } from "./header-canon.ts"
export { createCanonicalFields, withoutSignature } from "./header-canon.ts"
export type { KeyCache, KeyRecord } from "./key-record.ts"
export { createKeyCache } from "./key-record.ts"
export type { ParsedSignature, Signature, SignatureAlgorithm, SignatureLabel } from "./signature.ts"
export { parseSignature, toDnsName } from "./signature.ts"
export type {
  DkimSigner,
  DkimSigning,
  Signed,
  SignerOptions,
  SigningKey,
  SigningTimes,
  WhyUnsigned,
} from "./signer.ts"
export { createDkimSigner } from "./signer.ts"
export type { HeaderField } from "./split-fields.ts"
export { fieldValue, latin1, splitFields } from "./split-fields.ts"
export type { TagList } from "./tag-list.ts"
export { parseBase64, parseTagList } from "./tag-list.ts"
export type { DkimLimits, DkimOptions, DkimResult, DkimVerifier } from "./verifier.ts"
export { createDkimVerifier, dkimLimits } from "./verifier.ts"
