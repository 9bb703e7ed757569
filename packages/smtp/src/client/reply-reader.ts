import { type FarReply, makeReply, textOfLine } from "./far-reply.ts"
import type { ClientLimits } from "./limits.ts"

/**
 * Cuts what the far side sends into replies. The same bytes give the same replies however they were cut; what is held
 * is bounded by `ClientLimits`.
 *
 * RFC 5321 §4.2:
 *
 *     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 *     Reply-code = %x32-35 %x30-35 %x30-39
 *
 * All lines of a reply have the same code. A line ends in CRLF alone; the second digit may be any.
 */
export interface ReplyReader {
  /** Octets that were pushed and belong to no reply that was read. */
  readonly waiting: number
  push(bytes: Uint8Array): void
  /** After a fault it gives that fault for ever. */
  next(): ReplyRead
  clear(): void
}

export type ReplyRead =
  /** No whole reply yet. */
  | { readonly kind: "none" }
  | { readonly kind: "reply"; readonly reply: FarReply }
  | { readonly kind: "fault"; readonly fault: ReplyFault }

export type ReplyFault = "not-a-reply" | "bare-newline" | "codes-differ" | "line-too-long" | "reply-too-long"

const CR = 0x0d
const LF = 0x0a
const none: ReplyRead = { kind: "none" }
const empty = Buffer.alloc(0)

export function createReplyReader(limits: ClientLimits): ReplyReader {
  let bytes: Buffer = empty
  /** No LF lies before this place. */
  let searched = 0
  let texts: string[] = []
  let code: number | undefined
  /** Octets of the lines in `texts`. */
  let size = 0
  let failed: ReplyRead | undefined

  const fail = (fault: ReplyFault): ReplyRead => {
    bytes = empty
    searched = 0
    texts = []
    failed = { kind: "fault", fault }
    return failed
  }

  /** Takes one line without its CRLF; undefined where the reply goes on. */
  const take = (line: Buffer): ReplyRead | undefined => {
    const read = readLine(line)
    if (read === undefined) return fail("not-a-reply")
    if (code !== undefined && read.code !== code) return fail("codes-differ")
    size += line.length + 2
    if (texts.length >= limits.replyLines || size > limits.replyBytes) return fail("reply-too-long")
    texts.push(read.text)
    code = read.code
    if (!read.last) return undefined
    const reply = makeReply(read.code, texts)
    texts = []
    code = undefined
    size = 0
    return { kind: "reply", reply }
  }

  return {
    get waiting() {
      return bytes.length + size
    },
    push(more) {
      if (failed !== undefined || more.length === 0) return
      const view = Buffer.from(more.buffer, more.byteOffset, more.byteLength)
      bytes = bytes.length === 0 ? view : Buffer.concat([bytes, view])
    },
    next() {
      while (failed === undefined) {
        const lineFeed = bytes.indexOf(LF, searched)
        if ((lineFeed < 0 ? bytes.length : lineFeed + 1) > limits.replyLine) return fail("line-too-long")
        if (lineFeed < 0) {
          searched = bytes.length
          return none
        }
        const line = bytes.subarray(0, lineFeed - 1)
        if (lineFeed === 0 || bytes[lineFeed - 1] !== CR || line.includes(CR)) return fail("bare-newline")
        bytes = bytes.subarray(lineFeed + 1)
        searched = 0
        const read = take(line)
        if (read !== undefined) return read
      }
      return failed
    },
    clear() {
      bytes = empty
      searched = 0
    },
  }
}

const space = 0x20
const hyphen = 0x2d

function readLine(line: Buffer): { code: number; last: boolean; text: string } | undefined {
  const mark = line.length === 3 ? space : line[3]
  const digits = line.toString("latin1", 0, 3)
  if (!/^[2-5]\d\d$/.test(digits) || (mark !== space && mark !== hyphen)) return undefined
  return { code: Number(digits), last: mark === space, text: textOfLine(line.subarray(4)) }
}
