/**
 * The entry of a message in the index: what lists and searches need, written on arrival, sealed (sealed-entry.ts),
 * so that a list never opens a body. Sections follow one another:
 *
 *   entry     = version head-octets facts names envelope structure preview screening text
 *   version   = %d3                                       ; %d1 is read: see `readFirst`
 *   head-octets = number                                  ; up to the text: a list reads no further
 *   facts     = trace-octets message-octets cut           ; cut: 1 header or structure, 2 text, 4 names were too long
 *   names     = known count *string                       ; header-names.ts; not in version 1
 *   envelope  = present *string                           ; envelope-text.ts; in version 1 all strings, "" for none
 *   structure = string                                    ; bytes of structure.ts
 *   screening = kind count *(code sentence)
 *
 * Offsets in the structure count from the message as it came; what was written above it is `traceBytes` long.
 * An entry is at most `entryLimit` octets, whatever a stranger sends: a list holds many of them at once.
 */
import {
  type EnvelopeText,
  envelopeNames,
  type MessageScan,
  previewOfText,
  textWithin,
} from "@letterkeep/mime"
import { createEntryReader, createEntryWriter, EntryError, type EntryReader } from "./entry-bytes.ts"
import { heldEnvelopeOf, readEnvelopeText, skipEnvelopeText, writeEnvelopeText } from "./envelope-text.ts"
import { headerNamesOf, readHeaderNames, skipHeaderNames, writeHeaderNames } from "./header-names.ts"
import { withinOctets } from "./octets.ts"
import { once } from "./once.ts"
import { readStructure, type Structure, writeStructure } from "./structure.ts"

/** The header fields whose text an entry holds: those of IMAP's ENVELOPE, and References. */
export const envelopeFields = [...envelopeNames, "references"] as const

export type EnvelopeField = (typeof envelopeFields)[number]

/** Octets of an entry. */
export const entryLimit = 256 * 1024
/** Octets of one header field that an entry holds. */
export const envelopeFieldLimit = 32 * 1024
/** Octets of all header fields together. */
const envelopeLimit = 92 * 1024
/** Characters of text that an entry holds for search. */
export const entryTextLimit = 32 * 1024
/** Octets of that text: most alphabets take two for a letter. */
const textOctetsLimit = 64 * 1024
/** Octets left for the numbers, the names, the preview and the screening. */
const restOctets = 20 * 1024
/** Octets of a reason's code, sentence, or the kind. */
const reasonLimit = 512
/** A verdict has a handful. */
const reasonsLimit = 12

const version = 3

const cutBits = { header: 1, text: 2, names: 4 } as const

/** The part of an entry that is the same for all recipients of a message. */
export interface EntryContent {
  readonly messageBytes: number
  /** An envelope field or the structure was longer than the limits: only the body has all of it. */
  readonly cut: boolean
  /**
   * Values unfolded, encoded words not decoded; undefined where the header has no such field; several To fields are
   * one. Of entries of version 1 an empty field is undefined too.
   */
  readonly envelope: EnvelopeText & { readonly references?: string }
  readonly structure: Structure
  /** What `structure` was read from, and the version that `readStructure` reads it by. */
  readonly structureBytes: Buffer
  readonly version: number
  /** All names of its header fields, lower case. */
  readonly names: readonly string[]
  readonly namesCut: boolean
  readonly preview: string
  readonly text: string
  /** There is more text than this: only the body has all of it. */
  readonly textCut: boolean
}

export interface EntryScreening {
  readonly kind: string
  readonly reasons: readonly { readonly code: string; readonly sentence: string }[]
}

export interface Entry extends EntryContent {
  /** What it was read from: all of it, or its head. */
  readonly bytes: Buffer
  /** Octets that were written above the message when it was kept. */
  readonly traceBytes: number
  readonly screening: EntryScreening
}

/** Encodes the shared part once; `entryFor` adds what differs between recipients. */
export function prepareEntry(scan: MessageScan): (traceBytes: number, screening: EntryScreening) => Buffer {
  const { bytes, root } = scan
  const limits = { field: envelopeFieldLimit, all: envelopeLimit }
  const envelope = heldEnvelopeOf(bytes, root.fields, envelopeFields, limits)
  const found = textWithin(scan, entryTextLimit)
  const text = withinOctets(found.text, textOctetsLimit)
  const names = headerNamesOf(root.fields)
  const room = entryLimit - restOctets - envelope.octets - Buffer.byteLength(text)
  const structure = writeStructure(scan, room)
  const shared = createEntryWriter(2048)
  writeHeaderNames(shared, names.names)
  writeEnvelopeText(shared, envelope.values, envelopeFields)
  shared.bytes(structure.bytes)
  shared.string(previewOfText(text))
  const content = shared.done()
  const last = createEntryWriter(Buffer.byteLength(text) + 4)
  last.string(text)
  const textBytes = last.done()
  const isTextCut = !found.whole || text.length < found.text.length
  const cut =
    (envelope.cut || structure.cut ? cutBits.header : 0) +
    (isTextCut ? cutBits.text : 0) +
    (names.cut ? cutBits.names : 0)
  return (traceBytes, screening) => {
    const facts = createEntryWriter(16)
    facts.number(traceBytes)
    facts.number(bytes.length)
    facts.number(cut)
    const tail = createEntryWriter(256)
    const reasons = screening.reasons.slice(0, reasonsLimit)
    tail.string(withinOctets(screening.kind, reasonLimit))
    tail.number(reasons.length)
    for (const reason of reasons) {
      tail.string(withinOctets(reason.code, reasonLimit))
      tail.string(withinOctets(reason.sentence, reasonLimit))
    }
    const head = [facts.done(), content, tail.done()]
    return Buffer.concat([beginning(head.reduce((sum, { length }) => sum + length, 0)), ...head, textBytes])
  }
}

/** Version and head-octets, before `rest` octets of the head. */
function beginning(rest: number): Buffer {
  const own = 4
  const out = createEntryWriter(own)
  out.number(version)
  // Three octets whatever the number: the length counts itself.
  const octets = rest + own
  return Buffer.concat([
    out.done(),
    Buffer.from([(octets & 127) | 128, ((octets >> 7) & 127) | 128, octets >> 14]),
  ])
}

/** Where the text begins: what lies before it is all that a list needs. */
export function headOctetsOf(entry: Buffer): number {
  const read = createEntryReader(entry)
  return read.number() === version ? read.number() : entry.length
}

/**
 * Of an entry, or of its head alone: asking for `text` then throws. Throws EntryError when the bytes are not an entry of a
 * version that this release knows.
 */
export function readEntry(bytes: Buffer): Entry {
  const read = createEntryReader(bytes)
  const found = read.number()
  if (found !== 1 && found !== version) throw new EntryError(`an entry of version ${found}`)
  const headOctets = found === 1 ? 0 : read.number()
  const traceBytes = read.number()
  const messageBytes = read.number()
  const cut = read.number()
  const from = (at: number): EntryReader => createEntryReader(bytes, at)
  const namesAt = read.at
  if (found !== 1) skipHeaderNames(read)
  const envelopeAt = read.at
  if (found === 1) for (let left = envelopeFields.length; left > 0; left--) read.skip()
  else skipEnvelopeText(read)
  const structureBytes = read.bytes()
  const previewAt = read.at
  read.skip()
  // Version 1 has its text here; of the others the head alone may be here.
  const textAt = found === 1 ? read.at : headOctets
  if (found === 1) read.skip()
  const screeningAt = read.at
  skipScreening(read)
  // Whoever opens an entry asks for some of it.
  const envelope = once(() =>
    found === 1 ? readFirstEnvelope(from(envelopeAt)) : readEnvelopeText(from(envelopeAt), envelopeFields),
  )
  const names = once(() => (found === 1 ? Object.keys(envelope()) : readHeaderNames(from(namesAt))))
  const structure = once(() => readStructure(structureBytes, found))
  const text = once(() => from(textAt).string())
  return {
    bytes,
    version: found,
    traceBytes,
    messageBytes,
    cut: (cut & cutBits.header) !== 0,
    get names() {
      return names()
    },
    namesCut: found === 1 || (cut & cutBits.names) !== 0,
    get envelope() {
      return envelope()
    },
    get structure() {
      return structure()
    },
    structureBytes,
    get preview() {
      return from(previewAt).string()
    },
    get text() {
      return text()
    },
    // Version 1 did not say; a message of that size had room with all its text.
    textCut: found === 1 ? messageBytes > entryTextLimit : (cut & cutBits.text) !== 0,
    get screening() {
      return readScreening(from(screeningAt))
    },
  }
}

function skipScreening(read: EntryReader): void {
  read.skip()
  for (let strings = 2 * read.number(); strings > 0; strings--) read.skip()
}

function readScreening(read: EntryReader): EntryScreening {
  const kind = read.string()
  const reasons = Array.from({ length: read.number() }, () => ({
    code: read.string(),
    sentence: read.string(),
  }))
  return { kind, reasons }
}

/** Of version 1, which did not tell an empty field from none. */
function readFirstEnvelope(read: EntryReader): Entry["envelope"] {
  const values: { [Name in EnvelopeField]?: string } = {}
  for (const name of envelopeFields) {
    const value = read.string()
    if (value !== "") values[name] = value
  }
  return values
}
