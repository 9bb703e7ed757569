/** The paths that a message takes through the house. */
export type { Envelope, EnvelopeRecipient, Incoming, Outcome, Receive, RecipientAnswer } from "./envelope.ts"
export { createNotify, type NotifyParts } from "./notify.ts"
export { createReceive, type ReceiveParts } from "./receive.ts"
export { createTellLook } from "./tell-look.ts"
export { dateTime } from "./trace-fields.ts"
