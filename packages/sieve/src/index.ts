/**
 * Mail filters in Sieve (RFC 5228 and extensions): a script is checked once, with every fault by line and column, and
 * run on messages any number of times. A run does nothing itself: it gives actions, and a trace of what it looked at and
 * why it decided so. Pure functions: the clock and what is known of mailboxes are arguments. No script outlasts its limits.
 */
export { type Capability, capabilities } from "./check/capabilities.ts"
export type { Checked, SieveScript } from "./check/check-tree.ts"
export { checkScript } from "./check-script.ts"
export { type Fault, faultText, type Position } from "./fault.ts"
export { type RunLimits, runLimits, type ScriptLimits, scriptLimits } from "./limits.ts"
export type { BodyPart, BodyWish } from "./message/body.ts"
export { type HeaderField, type SieveMessage, sieveMessage } from "./message/message.ts"
export { type ReplyOptions, writeReply } from "./reply/write-reply.ts"
export type {
  FileIntoAction,
  KeepAction,
  RedirectAction,
  RejectAction,
  SieveAction,
  VacationAction,
} from "./run/action.ts"
export type { TraceEntry } from "./run/run.ts"
export { type RunInput, type RunOutcome, runScript } from "./run/run-script.ts"
export { traceText } from "./run/trace-text.ts"
export type { DuplicateQuestion, Envelope, VacationQuestion, World } from "./run/world.ts"
export { type ScriptText, scriptText } from "./script-text.ts"
export { parseScript } from "./syntax/parser.ts"
export { printScript } from "./syntax/print.ts"
export type { ArgumentNode, CommandNode, StringNode, TestNode } from "./syntax/tree.ts"
