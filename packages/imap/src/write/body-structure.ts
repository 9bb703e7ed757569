/**
 * BODYSTRUCTURE, and BODY, which is the same without extension data (RFC 9051 §7.5.2).
 *
 *     body       = "(" (body-type-1part / body-type-mpart) ")"                               RFC 9051 §9
 *     mpart      = 1*body SP subtype [SP param SP dsp SP lang SP loc]
 *     1part      = (basic / text / message) [SP md5 SP dsp SP lang SP loc]
 *     basic      = type SP subtype SP body-fields
 *     text       = DQUOTE "TEXT" DQUOTE SP subtype SP body-fields SP lines
 *     message    = DQUOTE "MESSAGE" DQUOTE SP ("RFC822" / "GLOBAL") SP body-fields SP envelope SP body SP lines
 *     body-fields = param SP id SP desc SP enc SP octets
 *     param      = "(" string SP string *(SP string SP string) ")" / nil
 *     dsp        = "(" string SP param ")" / nil
 *     lang       = "(" string *(SP string) ")" / nil
 *
 * A tree that a limit cut has multiparts without parts and messages without the message inside; the grammar has no
 * such thing, so these are shown as application/octet-stream.
 */
import { type EnvelopeText, envelopeTextOf, type MessageScan, octetsOf, type Part } from "@letterkeep/mime"
import { writeEnvelope } from "./envelope.ts"
import { nstring, quoted } from "./string.ts"

interface NamedValue {
  readonly name: string
  readonly value: string
}

/** What is needed of a part. `bodyPartOf` makes one of a scan. */
export interface BodyPart {
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly NamedValue[]
  readonly encoding: string
  readonly disposition: { readonly type: string; readonly parameters: readonly NamedValue[] } | undefined
  readonly id: string | undefined
  readonly description: string | undefined
  readonly md5: string | undefined
  readonly languages: readonly string[]
  readonly location: string | undefined
  /** Of the body, as transferred. */
  readonly octets: number
  /** Of the body, for text and message parts. */
  readonly lines: number | undefined
  /** Of a message/rfc822 or message/global part: what its one part, the message inside, has in its header. */
  readonly envelope: EnvelopeText | undefined
  readonly parts: readonly BodyPart[]
}

export function writeBodyStructure(root: BodyPart): string {
  return writePart(root, true)
}

export function writeBody(root: BodyPart): string {
  return writePart(root, false)
}

/** The whole tree of a scan. */
export function bodyPartOf({ bytes, root }: MessageScan): BodyPart {
  const of = (part: Part): BodyPart => {
    const inside = part.type === "message" ? part.parts[0] : undefined
    return {
      ...part,
      octets: octetsOf(part),
      envelope: inside === undefined ? undefined : envelopeTextOf(bytes, inside.fields),
      parts: part.parts.map(of),
    }
  }
  return of(root)
}

/** As deep as the tree, which the scan that made it bounds. */
function writePart(part: BodyPart, extended: boolean): string {
  if (part.type === "multipart" && part.parts.length > 0) return writeMultipart(part, extended)
  const extension = extended
    ? ` ${nstring(part.md5)} ${disposition(part)} ${languages(part)} ${nstring(part.location)}`
    : ""
  return `(${writeLeaf(part, extended)}${extension})`
}

function writeMultipart(part: BodyPart, extended: boolean): string {
  let bodies = ""
  for (const inner of part.parts) bodies += writePart(inner, extended)
  const extension = extended
    ? ` ${parameters(part.parameters)} ${disposition(part)} ${languages(part)} ${nstring(part.location)}`
    : ""
  return `(${bodies} ${quoted(part.subtype)}${extension})`
}

function writeLeaf(part: BodyPart, extended: boolean): string {
  const { type, subtype } = part
  if (type === "text") return `"text" ${quoted(subtype)} ${fields(part)} ${part.lines ?? 0}`
  if (type === "message" && (subtype === "rfc822" || subtype === "global")) {
    const [inner] = part.parts
    if (inner === undefined) return cutLeaf(part)
    return (
      `"message" ${quoted(subtype)} ${fields(part)} ${writeEnvelope(part.envelope ?? {})} ` +
      `${writePart(inner, extended)} ${part.lines ?? 0}`
    )
  }
  return type === "multipart" ? cutLeaf(part) : `${quoted(type)} ${quoted(subtype)} ${fields(part)}`
}

function cutLeaf(part: BodyPart): string {
  return `"application" "octet-stream" ${fields({ ...part, parameters: [] })}`
}

function fields(part: BodyPart): string {
  return (
    `${parameters(part.parameters)} ${nstring(part.id)} ${nstring(part.description)} ` +
    `${quoted(part.encoding)} ${part.octets}`
  )
}

function parameters(list: readonly NamedValue[]): string {
  if (list.length === 0) return "NIL"
  let out = ""
  for (const { name, value } of list) out += `${out === "" ? "" : " "}${quoted(name)} ${quoted(value)}`
  return `(${out})`
}

function disposition(part: BodyPart): string {
  const found = part.disposition
  return found === undefined ? "NIL" : `(${quoted(found.type)} ${parameters(found.parameters)})`
}

function languages(part: BodyPart): string {
  return part.languages.length === 0 ? "NIL" : `(${part.languages.map(quoted).join(" ")})`
}
