import { isUtf8 } from "node:buffer"
import {
  authParameterAllowance,
  holdParameterAllowance,
  mailLineAllowance,
  rcptLineAllowance,
  type SmtpLimits,
} from "./limits.ts"

/** One command line, read into verb and argument, or the rule that it broke. */
export type LineRead =
  /** No whole line yet. */
  | { readonly kind: "none" }
  | { readonly kind: "line"; readonly verb: string; readonly argument: string }
  /** A line of an AUTH exchange, as it stands. */
  | { readonly kind: "response"; readonly text: string }
  | { readonly kind: "bare-newline" }
  | { readonly kind: "line-too-long" }
  /** Control characters, or bytes that are not UTF-8. */
  | { readonly kind: "unreadable" }

/** Is a command waited for, or the client's word in an AUTH exchange? */
export type LineAwaited = "command" | "response"

/** How long lines may be, CRLF included. */
export interface LineLimits extends Pick<SmtpLimits, "commandLine" | "authLine"> {
  /** AUTH is there: its lines are longer, and MAIL has more parameters. */
  readonly signIn: boolean
}

const CR = 0x0d
/** Of a MAIL line of somebody who signs in. */
const ownMailAllowance = mailLineAllowance + authParameterAllowance + holdParameterAllowance

/** The most octets that any line may have, CRLF included; what is held of an unfinished line stays below it. */
export function longestLine({ commandLine, authLine, signIn }: LineLimits): number {
  if (!signIn) return commandLine + Math.max(mailLineAllowance, rcptLineAllowance)
  return Math.max(commandLine + ownMailAllowance, authLine)
}

/** Reads the octets from `from` to an LF at `lineFeed` as what is awaited. */
export function readLine(
  bytes: Buffer,
  from: number,
  lineFeed: number,
  limits: LineLimits,
  awaited: LineAwaited,
): LineRead {
  const size = lineFeed + 1 - from
  if (size > longestLine(limits)) return { kind: "line-too-long" }
  if (lineFeed === from || bytes[lineFeed - 1] !== CR) return { kind: "bare-newline" }
  const line = textOf(bytes.subarray(from, lineFeed - 1))
  if (line === undefined) return { kind: "unreadable" }
  if (line.includes("\r")) return { kind: "bare-newline" }
  // Tab and what is printable; RFC 5321 §4.1.1 lets a receiver tolerate blanks at the end.
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return { kind: "unreadable" }
  if (awaited === "response") return { kind: "response", text: line }
  const space = line.indexOf(" ")
  const verb = (space < 0 ? line : line.slice(0, space)).toUpperCase()
  if (size > limits.commandLine + allowance(verb, limits)) return { kind: "line-too-long" }
  return { kind: "line", verb, argument: space < 0 ? "" : line.slice(space + 1).trim() }
}

function allowance(verb: string, { commandLine, authLine, signIn }: LineLimits): number {
  if (verb === "MAIL") return signIn ? ownMailAllowance : mailLineAllowance
  if (verb === "AUTH" && signIn) return Math.max(0, authLine - commandLine)
  return verb === "RCPT" ? rcptLineAllowance : 0
}

function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("latin1")
  if (!/[\x80-\xff]/.test(text)) return text
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined
}
