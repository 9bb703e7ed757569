/**
 * Privacy at run time: the policy as data, the gate that it rules, and the one way out. Code that opens
 * personal data names its purpose or does not compile; the default is no.
 */
export { type Category, categories, isCategory } from "./categories.ts"
export { discloseToDns } from "./disclosed-dns.ts"
export { createPrivacy, type Privacy, type PrivacyOptions, type Released } from "./gate.ts"
export { type Permit, PermitError, type Subject } from "./permit.ts"
export { Personal, PersonalLeakError, personal } from "./personal.ts"
export { type Purpose, policyVersion, purposes, type Recipient, recipients } from "./policy.ts"
