/**
 * The doors for SMTP on sockets: for mail from other servers, in front of `flow/receive.ts`, and for mail from the
 * house's own people (submission, RFC 6409), in front of what `flow/submission.ts` describes. They share the dialogue
 * and differ in whom they ask (`service.ts`). A message is answered with 250 only after the house said that it is
 * kept. What a stranger can cost is bounded by `limits.ts`.
 */
export { openSmtpDoor, type SmtpDoor, type SmtpDoorOptions } from "./door.ts"
export {
  defaultSmtpDoorLimits,
  defaultSubmissionDoorLimits,
  type SmtpDoorLimits,
  type SubmissionDoorLimits,
} from "./limits.ts"
export { openSubmissionDoor, type SubmissionDoor, type SubmissionDoorOptions } from "./submission-door.ts"
