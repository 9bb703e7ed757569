/**
 * The entry of a message in the index: what lists and searches need, written on arrival, sealed as one piece,
 * so that a list never opens a body. Sections follow one another:
 *
 *   entry     = version facts envelope structure preview text screening
 *   version   = %d1
 *   facts     = trace-octets message-octets cut           ; cut: 1 when something was too long for the limits
 *   envelope  = *string                                   ; one for each name of `envelopeFields`, as it came
 *   structure = string                                    ; bytes of structure.ts
 *   screening = kind count *(code sentence)
 *
 * Offsets in the structure count from the message as it came; what was written above it is `traceBytes` long.
 * An entry is at most `entryLimit` octets, whatever a stranger sends: a list holds many of them at once.
 */
import { headerText, type MessageScan, previewOfText, textOf, unfold } from "@letterkeep/mime"
import { createEntryReader, createEntryWriter, EntryError } from "./entry-bytes.ts"
import { withinOctets } from "./octets.ts"
import { readStructure, type Structure, writeStructure } from "./structure.ts"

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

/** Octets of an entry. */
export const entryLimit = 256 * 1024
/** Octets of one header field that an entry holds. */
export const envelopeFieldLimit = 32 * 1024
/** Octets of all header fields together; who wrote and what about come before all others. */
const envelopeLimit = 96 * 1024
/** Characters of text that an entry holds for search. */
export const entryTextLimit = 32 * 1024
/** Octets of that text: most alphabets take two for a letter. */
const textOctetsLimit = 64 * 1024
/** Octets left for the numbers, the preview and the screening. */
const restOctets = 16 * 1024
/** Octets of a reason's code, sentence, or the kind. */
const reasonLimit = 512
/** A verdict has a handful. */
const reasonsLimit = 12

const version = 1

/** The part of an entry that is the same for all recipients of a message. */
export interface EntryContent {
  readonly messageBytes: number
  /** An envelope field or the structure was longer than the limits: only the body has all of it. */
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
  const envelope = envelopeOf(scan)
  const text = withinOctets(textOf(scan, entryTextLimit), textOctetsLimit)
  const room = entryLimit - restOctets - envelope.octets - Buffer.byteLength(text)
  const structure = writeStructure(root, room)
  const shared = createEntryWriter(2048)
  for (const name of envelopeFields) shared.string(envelope.values.get(name) ?? "")
  shared.bytes(structure.bytes)
  shared.string(previewOfText(text))
  shared.string(text)
  const content = shared.done()
  const cut = envelope.cut || structure.cut
  return (traceBytes, screening) => {
    const head = createEntryWriter(16)
    head.number(version)
    head.number(traceBytes)
    head.number(bytes.length)
    head.number(cut ? 1 : 0)
    const tail = createEntryWriter(256)
    const reasons = screening.reasons.slice(0, reasonsLimit)
    tail.string(withinOctets(screening.kind, reasonLimit))
    tail.number(reasons.length)
    for (const reason of reasons) {
      tail.string(withinOctets(reason.code, reasonLimit))
      tail.string(withinOctets(reason.sentence, reasonLimit))
    }
    return Buffer.concat([head.done(), content, tail.done()])
  }
}

interface EnvelopeText {
  readonly values: ReadonlyMap<string, string>
  readonly octets: number
  readonly cut: boolean
}

function envelopeOf({ bytes, root }: MessageScan): EnvelopeText {
  const found = new Map<string, string>()
  let cut = false
  for (const field of root.fields) {
    if (!isEnvelopeField(field.name)) continue
    const before = found.get(field.name)
    if (before !== undefined && !addressFields.has(field.name)) continue
    if (field.valueEnd - field.valueStart > envelopeFieldLimit) cut = true
    if (before !== undefined && before.length >= envelopeFieldLimit) cut = true
    else {
      const end = Math.min(field.valueEnd, field.valueStart + envelopeFieldLimit)
      const value = unfold(headerText(bytes, field.valueStart, end)).trim()
      found.set(field.name, before === undefined ? value : `${before}, ${value}`)
    }
  }
  const values = new Map<string, string>()
  let octets = 0
  for (const name of fieldsByWeight) {
    const whole = found.get(name) ?? ""
    const value = withinOctets(whole, Math.min(envelopeFieldLimit, envelopeLimit - octets))
    if (value.length < whole.length) cut = true
    values.set(name, value)
    octets += Buffer.byteLength(value)
  }
  return { values, octets, cut }
}

const weightiest: readonly EnvelopeField[] = ["from", "subject", "date", "message-id"]
const fieldsByWeight: readonly EnvelopeField[] = [
  ...weightiest,
  ...envelopeFields.filter(name => !weightiest.includes(name)),
]

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
