/**
 * Content-Transfer-Encoding undone piece by piece, for bodies that nobody wants to hold whole: the pieces' answers
 * together are what `decodeTransfer` gives for all of them, wherever they were cut.
 *
 * Bounded: what waits for the next piece is less than four characters of base64, or one line of quoted-printable,
 * and of a line that is longer than QUOTED_LINE_LIMIT its last few octets.
 */
import { decodeQuotedPrintable, decodeTransfer } from "./transfer.ts"

export interface TransferDecoder {
  push(bytes: Buffer): Buffer
  /** What was still waiting. */
  end(): Buffer
}

/** Octets of a line of quoted-printable that are held for its end; RFC 2045 §6.7 allows 76. */
const QUOTED_LINE_LIMIT = 64 * 1024

/** Encodings that can be undone, in lower case (RFC 2045 §6.1). */
const KNOWN: ReadonlySet<string> = new Set(["7bit", "8bit", "binary", "base64", "quoted-printable"])

export function isKnownEncoding(encoding: string): boolean {
  return KNOWN.has(encoding)
}

/** `encoding` in lower case; others than base64 and quoted-printable are passed on as they are. */
export function createTransferDecoder(encoding: string): TransferDecoder {
  switch (encoding) {
    case "base64":
      return base64()
    case "quoted-printable":
      return quotedPrintable()
    default:
      return { push: bytes => bytes, end: () => NOTHING }
  }
}

const NOTHING: Buffer = Buffer.alloc(0)

function base64(): TransferDecoder {
  let held = ""
  return {
    push(bytes) {
      // RFC 2045 §6.8: what is not of the alphabet is ignored.
      const text = held + bytes.toString("latin1").replace(/[^A-Za-z0-9+/=]+/g, "")
      const whole = text.length - (text.length % 4)
      held = text.slice(whole)
      return Buffer.from(text.slice(0, whole), "base64")
    },
    end() {
      const rest = Buffer.from(held, "base64")
      held = ""
      return rest
    },
  }
}

function quotedPrintable(): TransferDecoder {
  let held = NOTHING
  return {
    push(bytes) {
      const all = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      const cut = lineCut(all)
      held = all.subarray(cut)
      return decodeQuotedPrintable(all.subarray(0, cut))
    },
    end() {
      const rest = decodeTransfer(held, "quoted-printable")
      held = NOTHING
      return rest
    },
  }
}

/** Behind the last line end; in a line without end, before what the octets to come may change. */
function lineCut(bytes: Buffer): number {
  const lineEnd = bytes.lastIndexOf(LF) + 1
  if (bytes.length - lineEnd <= QUOTED_LINE_LIMIT) return lineEnd
  // White space may turn out to end its line, "=" to be followed by digits or a line end.
  const least = bytes.length - UNDECIDED_LIMIT
  let cut = bytes.length
  while (cut > least && isBlank(bytes[cut - 1])) cut--
  const equals = bytes.lastIndexOf(EQUALS, cut - 1)
  return equals >= cut - 2 ? equals : cut
}

/** Octets before the end of a long line that may wait: white space beyond it is kept as it is. */
const UNDECIDED_LIMIT = 256
const LF = 10
const EQUALS = 61

function isBlank(code: number | undefined): boolean {
  return code === 32 || code === 9 || code === 13
}
