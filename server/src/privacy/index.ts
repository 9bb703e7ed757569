/**
 * Privacy at run time: the policy as data, the gate that it rules, and the one way out. Code that opens
 * personal data names its purpose or does not compile; the default is no.
 *
 *     const { gate } = createPrivacy({ clock, metrics })
 *     const body = personal("user.content.private.mail", bytes)
 *     await gate("mail.receive", { kind: "accounts", accounts }, async permit => keep(body.open(permit)))
 *
 * Doors mark what comes in (`mailAddress`, `secret`, … of marks.ts); a permit is handed to what is called within the
 * work. `screening` alone is given plain values: it imports nothing, and runs under the permit of who calls it.
 */
export {
  type ChoiceMade,
  type ChoiceName,
  type Choices,
  ChoicesBrokenError,
  choiceDefinitions,
  createSignalHonouring,
  isChoiceName,
  openChoices,
  signalSupport,
} from "./choices/index.ts"
export { discloseToDns, discloseToDnsForSending } from "./disclosed-dns.ts"
export type { Agreement, InForce, NotAgreed } from "./disclosing/agreement.ts"
export { whyNotAgreed } from "./disclosing/agreement.ts"
export { createDisclosing, type Disclosing, type Released } from "./disclosing/disclose.ts"
export { recipientFacts, recipientNames } from "./disclosing/facts.ts"
export { openRegister, type Register } from "./disclosing/register.ts"
export { createPrivacy, type Privacy, type PrivacyOptions } from "./gate.ts"
export {
  createLedger,
  type HouseLedger,
  type Ledger,
  LedgerBrokenError,
  type OwnLedger,
  type ProofFile,
  type PublicLedger,
  proofFormat,
  recordingKeys,
} from "./ledger/index.ts"
export {
  type FilterText,
  filterText,
  type IpAddress,
  ipAddress,
  type MailAddress,
  type MailContent,
  mailAddress,
  mailContent,
  type Organisation,
  organisation,
  type PeerWord,
  peerWord,
  type Secret,
  type SenderPattern,
  secret,
  senderPattern,
} from "./marks.ts"
export type { Permit, Subject } from "./permit.ts"
export { type Personal, personal } from "./personal.ts"
export type { Category, Purpose, PurposeThatOpens, Recipient } from "./policy/index.ts"
export type { SupportCategory } from "./policy/registry.ts"
export {
  createStaffAccess,
  createStaffRegister,
  LOOK_LIMIT,
  type Look,
  type Looked,
  NoLongerBoundError,
  type Reason,
  readReason,
  type StaffAccess,
  type StaffAgreement,
  type StaffRegister,
  StaffRegisterBrokenError,
  TOLD_LIMIT,
} from "./staff/index.ts"
