/**
 * The door for mail from other servers: SMTP on sockets, in front of `flow/receive.ts`. It answers 250 to a
 * message only after the house said that it is kept. What a stranger can cost is bounded by `limits.ts`.
 */
export { openSmtpDoor, type SmtpDoor, type SmtpDoorOptions } from "./door.ts"
export { defaultSmtpDoorLimits, type SmtpDoorLimits } from "./limits.ts"
