/**
 * The entry of a message in the index: what lists and searches need, written on arrival, sealed as one piece,
 * so that a list never opens a body. Sections follow one another:
 *
 *   entry     = version facts envelope structure preview text screening
 *   version   = %d1
 *   facts     = trace-octets message-octets cut           ; cut: 1 when an envelope field was cut
 *   envelope  = *string                                   ; one for each name of `envelopeFields`, as it came
 *   structure = string                                    ; bytes of structure.ts
 *   screening = kind count *(code sentence)
 *
 * Offsets in the structure count from the message as it came; what was written above it is `traceBytes` long.
 */
import { headerText, type MessageScan, previewOfText, textOf, unfold } from "@letterkeep/mime"
import { createEntryReader, createEntryWriter, EntryError } from "./entry-bytes.ts"
import { readStructure, type Structure, structureOf, writeStructure } from "./structure.ts"

/** The header fields whose text an entry holds: those of IMAP's ENVELOPE, and References. */
export const envelopeFields = [
  "date",
  "subject",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "bcc",
  "in-reply-to",
  "message-id",
  "references",
] as const

export type EnvelopeField = (typeof envelopeFields)[number]

/** Octets of one header field that an entry holds. */
export const envelopeFieldLimit = 32 * 1024
/** Characters of text that an entry holds for search. */
export const entryTextLimit = 32 * 1024

const version = 1

/** The part of an entry that is the same for all recipients of a message. */
export interface EntryContent {
  readonly messageBytes: number
  /** Some envelope field was longer than the limit: the body has all of it. */
  readonly cut: boolean
  /** Values unfolded, encoded words not decoded, "" where there is none; several To fields are one. */
  readonly envelope: Readonly<Record<EnvelopeField, string>>
  readonly structure: Structure
  readonly preview: string
  readonly text: string
}

export interface EntryScreening {
  readonly kind: string
  readonly reasons: readonly { readonly code: string; readonly sentence: string }[]
}

export interface Entry extends EntryContent {
  /** Octets that were written above the message when it was kept. */
  readonly traceBytes: number
  readonly screening: EntryScreening
}

/** Encodes the shared part once; `entryFor` adds what differs between recipients. */
export function prepareEntry(scan: MessageScan): (traceBytes: number, screening: EntryScreening) => Buffer {
  const { bytes, root } = scan
  const shared = createEntryWriter(2048)
  let cut = false
  const values = new Map<string, string>()
  for (const field of root.fields) {
    if (!isEnvelopeField(field.name)) continue
    if (field.valueEnd - field.valueStart > envelopeFieldLimit) cut = true
    const end = Math.min(field.valueEnd, field.valueStart + envelopeFieldLimit)
    const value = unfold(headerText(bytes, field.valueStart, end)).trim()
    const before = values.get(field.name)
    if (before === undefined) values.set(field.name, value)
    else if (addressFields.has(field.name) && before.length < envelopeFieldLimit)
      values.set(field.name, `${before}, ${value}`)
  }
  for (const name of envelopeFields) shared.string(values.get(name) ?? "")
  shared.bytes(writeStructure(structureOf(root)))
  const text = textOf(scan, entryTextLimit)
  shared.string(previewOfText(text))
  shared.string(text)
  const content = shared.done()
  return (traceBytes, screening) => {
    const head = createEntryWriter(16)
    head.number(version)
    head.number(traceBytes)
    head.number(bytes.length)
    head.number(cut ? 1 : 0)
    const tail = createEntryWriter(256)
    tail.string(screening.kind)
    tail.number(screening.reasons.length)
    for (const reason of screening.reasons) {
      tail.string(reason.code)
      tail.string(reason.sentence)
    }
    return Buffer.concat([head.done(), content, tail.done()])
  }
}

/** RFC 5322 §3.6 allows one of each; what repeats an address field is read as its continuation. */
const addressFields: ReadonlySet<string> = new Set(["to", "cc", "bcc"])

function isEnvelopeField(name: string): name is EnvelopeField {
  return (envelopeFields as readonly string[]).includes(name)
}

/** Throws EntryError when the bytes are not an entry of a version that this release knows. */
export function readEntry(bytes: Buffer): Entry {
  const read = createEntryReader(bytes)
  const found = read.number()
  if (found !== version) throw new EntryError(`an entry of version ${found}`)
  const traceBytes = read.number()
  const messageBytes = read.number()
  const cut = read.number() === 1
  const envelope = Object.fromEntries(envelopeFields.map(name => [name, read.string()])) as Entry["envelope"]
  const structure = readStructure(read.bytes())
  const preview = read.string()
  const text = read.string()
  const kind = read.string()
  const reasons = Array.from({ length: read.number() }, () => ({
    code: read.string(),
    sentence: read.string(),
  }))
  return { traceBytes, messageBytes, cut, envelope, structure, preview, text, screening: { kind, reasons } }
}
