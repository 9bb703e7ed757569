import { isUtf8 } from "node:buffer"
import type { EnhancedCode } from "../reply.ts"

/**
 * What the far side answered, as a value. Its words are a stranger's: control characters are shown as "?", so that no
 * line end and no escape of theirs comes into a log or a report.
 */
export interface FarReply {
  /** 200 to 599. */
  readonly code: number
  /** RFC 3463 §2; of the first line that has one whose class is that of the code. */
  readonly enhanced?: EnhancedCode
  /** At least one; without code and enhanced code. */
  readonly lines: readonly string[]
}

/** Did the far side say yes? */
export const isYes = (reply: FarReply): boolean => reply.code < 300
/** Does the far side want more, as after DATA and in AUTH? */
export const isMore = (reply: FarReply): boolean => reply.code >= 300 && reply.code < 400
/** Did it refuse, for now or for good? */
export const isNo = (reply: FarReply): boolean => reply.code >= 400

export function makeReply(code: number, texts: readonly string[]): FarReply {
  let enhanced: EnhancedCode | undefined
  const lines: string[] = []
  for (const text of texts) {
    const read = readEnhanced(code, text)
    enhanced ??= read?.enhanced
    lines.push(read?.rest ?? text)
  }
  return { code, ...(enhanced === undefined ? {} : { enhanced }), lines }
}

/** The reply with so many characters of its words at most; what is cut ends in "…". */
export function shortened(reply: FarReply, most: number): FarReply {
  let room = most
  const lines: string[] = []
  for (const line of reply.lines) {
    if (line.length > room) {
      lines.push(`${line.slice(0, Math.max(0, room))}…`)
      return { ...reply, lines }
    }
    lines.push(line)
    // A line counts for something even where it is empty.
    room -= line.length + 1
  }
  return reply
}

/** The words of a line: UTF-8 where they are (RFC 6531 §3.7.4), else one character for each octet. */
export function textOfLine(bytes: Buffer): string {
  const text = isUtf8(bytes) ? bytes.toString("utf8") : bytes.toString("latin1")
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]/g, "?")
}

/**
 * RFC 2034 §4, RFC 3463 §2:
 *
 *     status-code = class "." subject "." detail      ; class 2, 4 or 5, the others 1*3DIGIT
 *
 * Read whether or not the far side announced it. A class that is not the code's first digit makes it text.
 */
function readEnhanced(code: number, text: string): { enhanced: EnhancedCode; rest: string } | undefined {
  const found = /^([245])\.(\d{1,3})\.(\d{1,3})(?: |$)/.exec(text)
  if (found === null) return undefined
  const [whole, first, subject, detail] = found
  const of = Number(first)
  if ((of !== 2 && of !== 4 && of !== 5) || of !== Math.floor(code / 100)) return undefined
  return { enhanced: `${of}.${Number(subject)}.${Number(detail)}`, rest: text.slice(whole.length) }
}
