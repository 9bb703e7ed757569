/**
 * The tree of a message's parts, as an entry holds it: enough for BODYSTRUCTURE and for finding a part's bytes
 * (RFC 9051 §7.5.2) without opening the body. Depth and number of parts are bounded by the scan that made it, its
 * strings here. Of a tree that is too large all the same its root is held: a multipart without parts. A message part
 * also has the envelope of the message inside, which BODYSTRUCTURE shows.
 */
import { type EnvelopeText, envelopeNames, type MessageScan, octetsOf, type Part } from "@letterkeep/mime"
import { createEntryReader, createEntryWriter, type EntryReader, type EntryWriter } from "./entry-bytes.ts"
import { innerEnvelopeOf, readEnvelopeText, writeEnvelopeText } from "./envelope-text.ts"
import { withinOctets } from "./octets.ts"

/** Of each part. A root with all of this is some 80 KB, so that it has room in every entry. */
export const structureLimits = {
  /** Octets of a type, an encoding, a language, or the name of a parameter. */
  name: 128,
  /** Octets of any other string. */
  value: 1024,
  /** Parameters of its type, and of its disposition. */
  parameters: 32,
  languages: 16,
} as const

interface Named {
  readonly name: string
  readonly value: string
}

export interface Structure {
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly Named[]
  readonly encoding: string
  readonly disposition: { readonly type: string; readonly parameters: readonly Named[] } | undefined
  readonly id: string | undefined
  readonly description: string | undefined
  readonly md5: string | undefined
  readonly languages: readonly string[]
  readonly location: string | undefined
  /** Offsets in octets from the start of the message. */
  readonly start: number
  readonly bodyStart: number
  /** Octets of the body, as transferred. */
  readonly octets: number
  /** For text and message parts. */
  readonly lines: number | undefined
  /**
   * Of a message part that holds its message: the header fields of that message that ENVELOPE shows. Undefined for all
   * others, and in entries of version 1.
   */
  readonly envelope: EnvelopeText | undefined
  readonly parts: readonly Structure[]
}

/** A part's strings within the limits; `cut` is told of those that are not. */
interface Writing {
  readonly bytes: Buffer
  readonly out: EntryWriter
  cut: boolean
}

export interface WrittenStructure {
  readonly bytes: Buffer
  /** Something is missing: only the body has it. */
  readonly cut: boolean
}

/** At most `limit` octets, but for the root, which is always held. */
export function writeStructure({ bytes, root }: MessageScan, limit: number): WrittenStructure {
  const whole: Writing = { bytes, out: createEntryWriter(256), cut: false }
  if (write(whole, root, limit)) return { bytes: whole.out.done(), cut: whole.cut }
  const alone: Writing = { bytes, out: createEntryWriter(256), cut: true }
  write(alone, { ...root, parts: [] }, Number.POSITIVE_INFINITY)
  return { bytes: alone.out.done(), cut: true }
}

/** False as soon as more than `limit` octets are written. */
function write(work: Writing, part: Part, limit: number): boolean {
  const { out } = work
  const { type, disposition, languages, parts } = part
  writeName(work, type)
  writeName(work, part.subtype)
  writeNamed(work, part.parameters)
  writeName(work, part.encoding)
  writeName(work, disposition?.type ?? "")
  if (disposition !== undefined) writeNamed(work, disposition.parameters)
  for (const text of [part.id, part.description, part.md5, part.location]) writeValue(work, text ?? "")
  for (const language of counted(work, languages, structureLimits.languages)) writeName(work, language)
  out.number(part.start)
  out.number(part.bodyStart)
  out.number(octetsOf(part))
  out.number(part.lines === undefined ? 0 : part.lines + 1)
  out.number(parts.length)
  const inside = type === "message" ? parts[0] : undefined
  if (inside !== undefined) {
    const { values, cut } = innerEnvelopeOf(work.bytes, inside.fields)
    if (cut) work.cut = true
    writeEnvelopeText(out, values, envelopeNames)
  }
  return out.length <= limit && parts.every(inner => write(work, inner, limit))
}

function writeNamed(work: Writing, named: readonly Named[]): void {
  for (const { name, value } of counted(work, named, structureLimits.parameters)) {
    writeName(work, name)
    writeValue(work, value)
  }
}

/** Writes how many there will be. */
function counted<T>(work: Writing, all: readonly T[], limit: number): readonly T[] {
  if (all.length > limit) work.cut = true
  const kept = all.slice(0, limit)
  work.out.number(kept.length)
  return kept
}

const writeName = (work: Writing, text: string): void => writeWithin(work, text, structureLimits.name)
const writeValue = (work: Writing, text: string): void => writeWithin(work, text, structureLimits.value)

function writeWithin(work: Writing, text: string, limit: number): void {
  const kept = withinOctets(text, limit)
  if (kept.length < text.length) work.cut = true
  work.out.string(kept)
}

/** `version` is that of the entry. */
export function readStructure(bytes: Buffer, version: number): Structure {
  return read(createEntryReader(bytes), version)
}

function read(from: EntryReader, version: number): Structure {
  const type = from.string()
  const subtype = from.string()
  const parameters = readNamed(from)
  const encoding = from.string()
  const dispositionType = from.string()
  const disposition =
    dispositionType === "" ? undefined : { type: dispositionType, parameters: readNamed(from) }
  const [id, description, md5, location] = [0, 1, 2, 3].map(() => from.string() || undefined)
  const languages = Array.from({ length: from.number() }, () => from.string())
  const start = from.number()
  const bodyStart = from.number()
  const octets = from.number()
  const lines = from.number()
  const count = from.number()
  const holdsMessage = version >= 2 && type === "message" && count > 0
  const envelope = holdsMessage ? readEnvelopeText(from, envelopeNames) : undefined
  const parts = Array.from({ length: count }, () => read(from, version))
  return {
    type,
    subtype,
    parameters,
    encoding,
    disposition,
    id,
    description,
    md5,
    languages,
    location,
    start,
    bodyStart,
    octets,
    lines: lines === 0 ? undefined : lines - 1,
    envelope,
    parts,
  }
}

function readNamed(from: EntryReader): Named[] {
  return Array.from({ length: from.number() }, () => ({ name: from.string(), value: from.string() }))
}
