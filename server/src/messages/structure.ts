/**
 * The tree of a message's parts, as an entry holds it: enough for BODYSTRUCTURE and for finding a part's bytes
 * (RFC 9051 §7.5.2) without opening the body. Depth and number of parts are bounded by the scan that made it.
 */
import { octetsOf, type Part } from "@letterkeep/mime"
import { createEntryReader, createEntryWriter, type EntryReader, type EntryWriter } from "./entry-bytes.ts"

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
  readonly parts: readonly Structure[]
}

export function structureOf(part: Part): Structure {
  return {
    type: part.type,
    subtype: part.subtype,
    parameters: part.parameters,
    encoding: part.encoding,
    disposition: part.disposition,
    id: part.id,
    description: part.description,
    md5: part.md5,
    languages: part.languages,
    location: part.location,
    start: part.start,
    bodyStart: part.bodyStart,
    octets: octetsOf(part),
    lines: part.lines,
    parts: part.parts.map(structureOf),
  }
}

export function writeStructure(structure: Structure): Buffer {
  const out = createEntryWriter(256)
  write(out, structure)
  return out.done()
}

function write(out: EntryWriter, part: Structure): void {
  out.string(part.type)
  out.string(part.subtype)
  writeNamed(out, part.parameters)
  out.string(part.encoding)
  out.string(part.disposition?.type ?? "")
  if (part.disposition !== undefined) writeNamed(out, part.disposition.parameters)
  for (const text of [part.id, part.description, part.md5, part.location]) out.string(text ?? "")
  out.number(part.languages.length)
  for (const language of part.languages) out.string(language)
  out.number(part.start)
  out.number(part.bodyStart)
  out.number(part.octets)
  out.number(part.lines === undefined ? 0 : part.lines + 1)
  out.number(part.parts.length)
  for (const inner of part.parts) write(out, inner)
}

function writeNamed(out: EntryWriter, named: readonly Named[]): void {
  out.number(named.length)
  for (const { name, value } of named) {
    out.string(name)
    out.string(value)
  }
}

export function readStructure(bytes: Buffer): Structure {
  return read(createEntryReader(bytes))
}

function read(from: EntryReader): Structure {
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
  const parts = Array.from({ length: from.number() }, () => read(from))
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
    parts,
  }
}

function readNamed(from: EntryReader): Named[] {
  return Array.from({ length: from.number() }, () => ({ name: from.string(), value: from.string() }))
}
