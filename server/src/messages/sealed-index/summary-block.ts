/**
 * Summaries of up to 128 messages that follow one another, in sections that are compressed apart: a list of envelopes
 * opens no structures.
 *
 *   block     = 4octets 4frame                      ; lengths, then: facts, envelopes, structures, rests
 *   facts     = *(body-id trace-octets message-octets cut version)
 *   envelopes = *(octets wire)                      ; ENVELOPE as IMAP sends it
 *   structures = *(octets wire octets structure)    ; BODYSTRUCTURE as IMAP sends it; bytes of structure.ts
 *   rests     = *(octets rest)
 *   rest      = preview envelope-text screening     ; as an entry has them
 *
 * Numbers count octets; wire text is a binary string.
 */
import { writeBody, writeBodyStructure, writeEnvelope } from "@letterkeep/imap"
import type { EmailId } from "../../store/ids.ts"
import { type Entry, envelopeFields } from "../entry.ts"
import { createEntryReader, createEntryWriter } from "../entry-bytes.ts"
import { readEnvelopeText, writeEnvelopeText } from "../envelope-text.ts"
import { once } from "../once.ts"
import { readStructure, type Structure } from "../structure.ts"
import type { Summary } from "./contract.ts"
import { DamagedIndexError } from "./damaged-index-error.ts"
import { compress, decompress } from "./frame.ts"
import { createOctets, type OctetReader, type Octets, readOctets } from "./varints.ts"

const bodyIdBytes = 16

/** One message's part of each section, as it is copied from segment to segment. */
export interface SummaryRow {
  readonly bodyId: Buffer
  readonly traceBytes: number
  readonly messageBytes: number
  readonly cut: boolean
  /** Of the entry: its structure is read by it. */
  readonly version: number
  readonly envelope: Buffer
  readonly bodyStructure: Buffer
  readonly structure: Buffer
  readonly rest: Buffer
}

export function summaryRowOf(entry: Entry, bodyId: Buffer): SummaryRow {
  return {
    bodyId,
    traceBytes: entry.traceBytes,
    messageBytes: entry.messageBytes,
    cut: entry.cut,
    version: entry.version,
    envelope: Buffer.from(writeEnvelope(entry.envelope), "latin1"),
    bodyStructure: Buffer.from(writeBodyStructure(entry.structure), "latin1"),
    structure: entry.structureBytes,
    rest: writeRest(entry),
  }
}

function writeRest({ preview, envelope, screening }: Entry): Buffer {
  const out = createEntryWriter(1024)
  out.string(preview)
  const present = envelopeFields.flatMap(name => {
    const value = envelope[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  writeEnvelopeText(out, new Map(present), envelopeFields)
  out.string(screening.kind)
  out.number(screening.reasons.length)
  for (const { code, sentence } of screening.reasons) {
    out.string(code)
    out.string(sentence)
  }
  return out.done()
}

function readRest(rest: Buffer): Pick<Entry, "preview" | "envelope" | "screening"> {
  const read = createEntryReader(rest)
  const preview = read.string()
  const envelope = readEnvelopeText(read, envelopeFields)
  const kind = read.string()
  const reasons = Array.from({ length: read.number() }, () => ({
    code: read.string(),
    sentence: read.string(),
  }))
  return { preview, envelope, screening: { kind, reasons } }
}

/** Blocks, one after the other, written in memory that is used again for each. */
export function createSummaryBlockWriter(): (rows: readonly SummaryRow[]) => Buffer {
  const facts = createOctets(8 * 1024)
  const envelopes = createOctets(sectionBytes)
  const structures = createOctets(sectionBytes)
  const rests = createOctets(sectionBytes)
  const put = (out: Octets, bytes: Uint8Array): void => {
    out.number(bytes.length)
    out.raw(bytes)
  }
  return rows => {
    for (const row of rows) {
      facts.raw(row.bodyId)
      for (const value of [row.traceBytes, row.messageBytes, row.cut ? 1 : 0, row.version])
        facts.number(value)
      put(envelopes, row.envelope)
      put(structures, row.bodyStructure)
      put(structures, row.structure)
      put(rests, row.rest)
    }
    const frames = [facts, envelopes, structures, rests].map(section => {
      const frame = compress(section.view())
      section.clear()
      return frame
    })
    const head = createOctets(32)
    for (const frame of frames) head.number(frame.length)
    return Buffer.concat([head.view(), ...frames])
  }
}

/** Of a section before compression, as it mostly is. */
const sectionBytes = 96 * 1024

export interface SummaryBlock {
  /** `at`: its place in the block, from 0 on. Throws DamagedIndexError where the block has no such. */
  summary(at: number, email: EmailId): Summary
  row(at: number): SummaryRow
}

/** Where sections are kept once they are decompressed: by their number. */
export interface OpenedSections {
  get(no: number): Buffer | undefined
  set(no: number, section: Buffer): void
}

/** Opens the facts; every other section when it is first asked for. `messages`: how many are in it. */
export function openSummaryBlock(bytes: Buffer, messages: number, kept?: OpenedSections): SummaryBlock {
  const head = readOctets(bytes)
  const lengths = [head.number(), head.number(), head.number(), head.number()]
  const frames = lengths.map(length => head.raw(length))
  const section = (no: number): Buffer => {
    const before = kept?.get(no)
    if (before !== undefined) return before
    const opened = decompress(item(frames, no), sectionBytes)
    kept?.set(no, opened)
    return opened
  }
  const sections: Sections = {
    facts: readFacts(section(0), messages),
    envelopes: once(() => cutUp(section(1), messages)),
    envelopeTexts: once(() => cutUpText(section(1), messages)),
    structures: once(() => cutUp(section(2), messages * 2)),
    structureTexts: once(() => cutUpText(section(2), messages * 2)),
    rests: once(() => cutUp(section(3), messages)),
  }
  return {
    row: at => ({
      ...item(sections.facts, at),
      envelope: item(sections.envelopes(), at),
      bodyStructure: item(sections.structures(), at * 2),
      structure: item(sections.structures(), at * 2 + 1),
      rest: item(sections.rests(), at),
    }),
    summary: (at, email) => new BlockSummary(sections, at, email),
  }
}

interface Sections {
  readonly facts: readonly Facts[]
  readonly envelopes: () => readonly Buffer[]
  readonly envelopeTexts: () => readonly string[]
  readonly structures: () => readonly Buffer[]
  readonly structureTexts: () => readonly string[]
  readonly rests: () => readonly Buffer[]
}

/** A class for its getters: a list makes a thousand of these, and asks each for one text. */
class BlockSummary implements Summary {
  readonly email: EmailId
  readonly #sections: Sections
  readonly #at: number
  readonly #facts: Facts
  #rest: ReturnType<typeof readRest> | undefined
  #structure: Structure | undefined

  constructor(sections: Sections, at: number, email: EmailId) {
    this.email = email
    this.#sections = sections
    this.#at = at
    this.#facts = item(sections.facts, at)
  }

  get bodyId(): Buffer {
    return this.#facts.bodyId
  }

  get traceBytes(): number {
    return this.#facts.traceBytes
  }

  get messageBytes(): number {
    return this.#facts.messageBytes
  }

  get cut(): boolean {
    return this.#facts.cut
  }

  get envelope(): string {
    return item(this.#sections.envelopeTexts(), this.#at)
  }

  get bodyStructure(): string {
    return item(this.#sections.structureTexts(), this.#at * 2)
  }

  get body(): string {
    return writeBody(this.structure())
  }

  get preview(): string {
    return this.#ofRest().preview
  }

  fields(): Entry["envelope"] {
    return this.#ofRest().envelope
  }

  structure(): Structure {
    this.#structure ??= readStructure(
      item(this.#sections.structures(), this.#at * 2 + 1),
      this.#facts.version,
    )
    return this.#structure
  }

  screening(): Entry["screening"] {
    return this.#ofRest().screening
  }

  #ofRest(): ReturnType<typeof readRest> {
    this.#rest ??= readRest(item(this.#sections.rests(), this.#at))
    return this.#rest
  }
}

type Facts = Pick<SummaryRow, "bodyId" | "traceBytes" | "messageBytes" | "cut" | "version">

function readFacts(bytes: Buffer, messages: number): Facts[] {
  const read = readOctets(bytes)
  return Array.from({ length: messages }, () => ({
    bodyId: read.raw(bodyIdBytes),
    traceBytes: read.number(),
    messageBytes: read.number(),
    cut: read.number() === 1,
    version: read.number(),
  }))
}

function cutUp(bytes: Buffer, pieces: number): Buffer[] {
  const read: OctetReader = readOctets(bytes)
  return Array.from({ length: pieces }, () => read.raw(read.number()))
}

/** The same as binary strings: views of one string, so that a list copies nothing. */
function cutUpText(bytes: Buffer, pieces: number): string[] {
  const whole = bytes.toString("latin1")
  const texts: string[] = []
  for (const piece of cutUp(bytes, pieces)) {
    const from = piece.byteOffset - bytes.byteOffset
    texts.push(whole.slice(from, from + piece.length))
  }
  return texts
}

function item<T>(all: readonly T[], at: number): T {
  const found = all[at]
  if (found === undefined) throw new DamagedIndexError("a block has fewer messages than its root says")
  return found
}

/** The same of a message that no segment holds yet. `wire`: where they are there as IMAP sends them. */
export function summaryOfEntry(
  open: () => Entry,
  email: EmailId,
  bodyId: Buffer,
  wire?: { readonly envelope: Buffer; readonly bodyStructure: Buffer },
): Summary {
  const entry = once(open)
  return {
    email,
    bodyId,
    get traceBytes() {
      return entry().traceBytes
    },
    get messageBytes() {
      return entry().messageBytes
    },
    get cut() {
      return entry().cut
    },
    get envelope() {
      return wire === undefined ? writeEnvelope(entry().envelope) : wire.envelope.toString("latin1")
    },
    get bodyStructure() {
      return wire === undefined
        ? writeBodyStructure(entry().structure)
        : wire.bodyStructure.toString("latin1")
    },
    get body() {
      return writeBody(entry().structure)
    },
    get preview() {
      return entry().preview
    },
    fields: () => entry().envelope,
    structure: () => entry().structure,
    screening: () => entry().screening,
  }
}
