/**
 * Signed notes as text (C2SP signed-note, "Format"), before any signature was verified:
 *
 *     note      = text blank 1*signature
 *     text      = lines that end in a newline; empty ones are allowed
 *     blank     = a newline; the last empty line of the note
 *     signature = U+2014 SP name SP base64( key ID, 4 octets ‖ signature ) newline
 *     name      = not empty, without spaces of any kind and without "+"
 *
 * Valid UTF-8, and no control characters but the newline.
 */
import { fromBase64, toBase64 } from "./base64.ts"

/** Octets of a note that is read or written at all. */
export const MAX_NOTE_BYTES = 64 * 1024
/** Signatures of a note; the format asks readers to take at least this many. */
export const MAX_SIGNATURES = 16

export interface Note {
  /** What was signed, with its last newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface NoteSignature {
  readonly name: string
  readonly keyId: number
  readonly signature: Uint8Array<ArrayBuffer>
}

export type ReadNote =
  | { readonly kind: "note"; readonly note: Note }
  | { readonly kind: "refused"; readonly why: "too-long" | "too-many-signatures" | "malformed" }

const malformed = { kind: "refused", why: "malformed" } as const
const keyIdBytes = 4

/** Reads a note as it lies in a file or came over the network. Its text is not to be used until it was verified. */
export function parseNote(note: string | Uint8Array): ReadNote {
  // A character takes at most three octets for each of its units, so this bounds the encoding below too.
  if (note.length > MAX_NOTE_BYTES) return { kind: "refused", why: "too-long" }
  const octets = typeof note === "string" ? new TextEncoder().encode(note) : note
  if (octets.length > MAX_NOTE_BYTES) return { kind: "refused", why: "too-long" }
  const whole = typeof note === "string" ? note : decode(note)
  if (whole === undefined || !isNoteText(whole)) return malformed
  const blank = whole.lastIndexOf("\n\n")
  if (blank < 0) return malformed
  const lines = whole.slice(blank + 2).split("\n")
  if (lines.pop() !== "" || lines.length === 0) return malformed
  if (lines.length > MAX_SIGNATURES) return { kind: "refused", why: "too-many-signatures" }
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignature(line)
    if (signature === undefined) return malformed
    signatures.push(signature)
  }
  return { kind: "note", note: { text: whole.slice(0, blank + 1), signatures } }
}

export function writeNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    const octets = new Uint8Array(keyIdBytes + signature.length)
    new DataView(octets.buffer).setUint32(0, keyId)
    octets.set(signature, keyIdBytes)
    return `\u2014 ${name} ${toBase64(octets)}\n`
  })
  const whole = `${text}\n${lines.join("")}`
  const read = parseNote(whole)
  if (read.kind === "refused" || read.note.text !== text) throw new RangeError("this cannot be a note")
  return whole
}

/** A key's name: not empty, no spaces as Unicode knows them, no plus sign, no control characters. */
export function isKeyName(name: string): boolean {
  return name !== "" && isNoteText(name) && !/[\p{White_Space}+]/u.test(name)
}

function parseSignature(line: string): NoteSignature | undefined {
  const [dash, name = "", base64 = "", ...more] = line.split(" ")
  const octets = fromBase64(base64)
  if (dash !== "\u2014" || !isKeyName(name) || more.length > 0) return undefined
  if (octets === undefined || octets.length <= keyIdBytes) return undefined
  const keyId = new DataView(octets.buffer).getUint32(0)
  return { name, keyId, signature: octets.slice(keyIdBytes) }
}

function isNoteText(text: string): boolean {
  return text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text)
}

function decode(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    return undefined // not UTF-8, which is the one thing that a fatal decoder throws for
  }
}
