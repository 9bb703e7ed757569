/** The bytes of a file as the text of a script: UTF-8 (RFC 5228 §2.1), with or without a byte order mark. */
import { isUtf8 } from "node:buffer"
import type { Fault } from "./fault.ts"

export type ScriptText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "faulty"; readonly fault: Fault }

/** Never throws; the fault names the first octet that is not UTF-8. */
export function scriptText(bytes: Uint8Array): ScriptText {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = all.toString("utf8")
  if (isUtf8(all)) return { kind: "text", text: text.startsWith("\ufeff") ? text.slice(1) : text }
  const good = text.slice(0, goodLength(all, text))
  const lines = good.split("\n")
  const at = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  return { kind: "faulty", fault: { at, text: "what stands here is not UTF-8: scripts are written in it" } }
}

/** Where decoded text and bytes part: at a replacement that the bytes do not spell out. */
function goodLength(bytes: Buffer, text: string): number {
  let octets = 0
  let units = 0
  for (const character of text) {
    const width = Buffer.byteLength(character)
    if (character === "\ufffd" && !bytes.subarray(octets, octets + width).equals(replacement)) return units
    octets += width
    units += character.length
  }
  return units
}

const replacement = Buffer.from("\ufffd", "utf8")
