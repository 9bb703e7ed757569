/** The paths that a message takes through the house. */
export { createDeliverDue } from "./deliver-due.ts"
export { createReadReport } from "./delivery-reports.ts"
export type { Envelope, EnvelopeRecipient, Incoming, Outcome, Receive, RecipientAnswer } from "./envelope.ts"
export {
  createDryRun,
  createMailFilters,
  createReturnPaths,
  createTellFault,
  type Filtering,
} from "./filter/index.ts"
export { createNotify, type NotifyParts } from "./notify.ts"
export { createReceive, type ReceiveParts } from "./receive.ts"
export { createSubmit, type SendParts } from "./send.ts"
export type {
  SenderAnswer,
  SubmissionEnvelope,
  SubmissionRecipient,
  Submit,
  ToAnswer,
} from "./submission.ts"
export { createTellLook } from "./tell-look.ts"
