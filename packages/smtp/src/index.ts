/**
 * SMTP as bytes and values: the receiving side of RFC 5321 with its extensions, the grammar of its paths, and
 * dot-stuffing for the sending side. No input or output, no clock, no chance.
 */
export type { Fault } from "./fault.ts"
export type { MailParameters } from "./grammar/mail-parameters.ts"
export { type Path, type PathResult, pathText, readPath } from "./grammar/path.ts"
export type { Notify, RcptParameters } from "./grammar/rcpt-parameters.ts"
export { decodeXtext, encodeXtext, isXtext } from "./grammar/xtext.ts"
export { defaultSmtpLimits, type SmtpLimits, swallowedFor } from "./limits.ts"
export { stuffDots } from "./message/dot-stuffing.ts"
export { makeProfile, type Profile, type ProfileOptions } from "./profile.ts"
export { Receiver } from "./receiver.ts"
export { type EnhancedCode, encodeReply, isPositive, type Reply, type ReplyCode } from "./reply.ts"
export type { Closing, Notice, Question, Recipient, Request, Sender } from "./request.ts"
