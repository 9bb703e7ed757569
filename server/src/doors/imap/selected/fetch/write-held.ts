/** Content items of a message whose octets are in memory. */
import { decodeTransfer } from "@letterkeep/mime"
import type { Out } from "../../handler.ts"
import { type ContentAnswer, writeNothing } from "./answer-content.ts"
import { partOf } from "./locate.ts"
import { pickFields } from "./pick-fields.ts"
import type { Content } from "./plan.ts"

type Answered = Exclude<ContentAnswer, { readonly kind: "unknown-encoding" }>

/** `label`: with what stands before it. `bytes` must not be changed afterwards. */
export function writeHeld(
  out: Pick<Out, "write">,
  label: string,
  content: Content,
  answer: Answered,
  bytes: Buffer,
): void {
  switch (answer.kind) {
    case "nothing":
      out.write(label + writeNothing(content))
      return
    case "octets":
      writeLiteral(out, label, bytes.subarray(answer.span.from, answer.span.to))
      return
    case "fields": {
      const header = bytes.toString("latin1", answer.header.from, answer.header.to)
      const picked = pickFields(header, answer.names, answer.what)
      const { from, to } = partOf({ from: 0, to: picked.length }, answer.partial)
      const text = picked.slice(from, to)
      out.write(`${label} {${text.length}}\r\n${text}`)
      return
    }
    case "decoded": {
      const decoded = decodeTransfer(bytes.subarray(answer.span.from, answer.span.to), answer.encoding)
      if (answer.give === "size") out.write(`${label} ${decoded.length}`)
      else {
        const { from, to } = partOf({ from: 0, to: decoded.length }, answer.partial)
        const octets = decoded.subarray(from, to)
        writeLiteral(out, label, octets, octets.includes(0))
      }
    }
  }
}

/**
 * `nul`: only literal8 may hold NUL (RFC 9051 §4.3.1), which BINARY gives.
 *
 * Departs from RFC 9051 §4.3.1: NUL in BODY[] is not encoded, since a message comes back byte for byte.
 */
function writeLiteral(out: Pick<Out, "write">, label: string, octets: Buffer, nul = false): void {
  out.write(`${label} ${nul ? "~" : ""}{${octets.length}}\r\n`)
  out.write(octets)
}
