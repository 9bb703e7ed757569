/**
 * SMTP as bytes and values: the receiving and the sending side of RFC 5321 with their extensions, and the grammar of
 * its paths. No input or output, no clock, no chance.
 */
export type { Capabilities } from "./client/capabilities.ts"
export { SmtpClient } from "./client/client.ts"
export type { Envelope } from "./client/envelope.ts"
export type { ClientEvent, ClientOptions, ClientWaiting, Tls } from "./client/events.ts"
export type { FarReply } from "./client/far-reply.ts"
export { type ClientLimits, clientWaits, defaultClientLimits } from "./client/limits.ts"
export type { ClientMechanism } from "./client/opening.ts"
export type { ClientEnd, ClientStep, FarFault, Obstacle, RecipientOutcome } from "./client/outcome.ts"
export type { Fault } from "./fault.ts"
export type { MailParameters } from "./grammar/mail-parameters.ts"
export { type Path, type PathResult, pathText, readPath } from "./grammar/path.ts"
export type { Notify, RcptParameters } from "./grammar/rcpt-parameters.ts"
export { decodeXtext, encodeXtext, isXtext } from "./grammar/xtext.ts"
export { defaultSmtpLimits, type SmtpLimits, swallowedFor } from "./limits.ts"
export { stuffDots } from "./message/dot-stuffing.ts"
export { makeProfile, type Profile, type ProfileOptions } from "./profile.ts"
export { Receiver, type ReceiverOptions } from "./receiver.ts"
export { type EnhancedCode, encodeReply, isPositive, type Reply, type ReplyCode } from "./reply.ts"
export type { Closing, Notice, Question, Recipient, Request, Sender } from "./request.ts"
export type { SignInOffer } from "./session.ts"
