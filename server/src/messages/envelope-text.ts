/**
 * The text of a header's envelope fields, of the whole message or of one inside it, within limits; and how an entry
 * holds it.
 */
import { type EnvelopeName, envelopeNames, envelopeTextOf, type Field } from "@letterkeep/mime"
import type { EntryReader, EntryWriter } from "./entry-bytes.ts"
import { withinOctets } from "./octets.ts"

export interface EnvelopeLimits {
  /** Octets of one field. */
  readonly field: number
  /** Octets of all together; who wrote and what about come before all others. */
  readonly all: number
}

export interface HeldEnvelope<Name extends string> {
  /** A field that is missing is not in it; one that is empty is "". */
  readonly values: ReadonlyMap<Name, string>
  readonly octets: number
  /** Something was longer than the limits. */
  readonly cut: boolean
}

export function heldEnvelopeOf<Name extends string>(
  bytes: Buffer,
  fields: readonly Field[],
  names: readonly (Name | EnvelopeName)[],
  limits: EnvelopeLimits,
): HeldEnvelope<Name | EnvelopeName> {
  const texts = envelopeTextOf(bytes, fields, names)
  const values = new Map<Name | EnvelopeName, string>()
  let octets = 0
  let cut = false
  for (const name of byWeight(names)) {
    const whole = texts[name]
    if (whole === undefined) continue
    const value = withinOctets(whole, Math.min(limits.field, limits.all - octets))
    if (value.length < whole.length) cut = true
    values.set(name, value)
    octets += Buffer.byteLength(value)
  }
  return { values, octets, cut }
}

const weightiest: ReadonlySet<string> = new Set(["from", "subject", "date", "message-id"])

function byWeight<Name extends string>(names: readonly Name[]): readonly Name[] {
  return [...names.filter(name => weightiest.has(name)), ...names.filter(name => !weightiest.has(name))]
}

/**
 *   envelope = present *string      ; a bit for each name, the first the lowest, and the text of each that is set
 */
export function writeEnvelopeText<Name extends string>(
  out: EntryWriter,
  values: ReadonlyMap<Name, string>,
  names: readonly Name[],
): void {
  let present = 0
  for (const [at, name] of names.entries()) if (values.has(name)) present += 2 ** at
  out.number(present)
  for (const name of names) {
    const value = values.get(name)
    if (value !== undefined) out.string(value)
  }
}

export function readEnvelopeText<Name extends string>(
  from: EntryReader,
  names: readonly Name[],
): { [N in Name]?: string } {
  const present = from.number()
  const values: { [N in Name]?: string } = {}
  for (const [at, name] of names.entries())
    if (Math.floor(present / 2 ** at) % 2 === 1) values[name] = from.string()
  return values
}

/** Goes past it. */
export function skipEnvelopeText(from: EntryReader): void {
  for (let present = from.number(); present > 0; present = Math.floor(present / 2))
    if (present % 2 === 1) from.skip()
}

/** Of a message inside a message; what a structure holds of it for IMAP's ENVELOPE. */
const innerLimits: EnvelopeLimits = { field: 8 * 1024, all: 16 * 1024 }

export function innerEnvelopeOf(bytes: Buffer, fields: readonly Field[]): HeldEnvelope<EnvelopeName> {
  return heldEnvelopeOf(bytes, fields, envelopeNames, innerLimits)
}
