/**
 * The text of the header fields that IMAP's ENVELOPE is made of (RFC 9051 §7.5.2), and of others that are asked for by
 * name. Encoded words are left alone, as ENVELOPE wants them; `decodeWords` reads subject and names.
 */
import { type Field, fieldText } from "./fields.ts"

export const envelopeNames = [
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
] as const

export type EnvelopeName = (typeof envelopeNames)[number]

/** Undefined: the header has no such field. "": it has, and nothing is in it. Several To fields are one list. */
export type EnvelopeText = { readonly [Name in EnvelopeName]?: string | undefined }

/**
 * Unfolded and trimmed. `fields`: of the root of a scan, or of the one part of a message/rfc822 part; what is not
 * there is not in the answer.
 */
export function envelopeTextOf<Name extends string = EnvelopeName>(
  bytes: Buffer,
  fields: readonly Field[],
  names: readonly (Name | EnvelopeName)[] = envelopeNames,
): { [N in Name | EnvelopeName]?: string } {
  const texts: { [N in Name | EnvelopeName]?: string } = {}
  for (const name of names) {
    for (const field of fields) {
      if (field.name !== name) continue
      const before = texts[name]
      const text = fieldText(bytes, field)
      if (before === undefined || before === "") texts[name] = text
      else if (text !== "") texts[name] = `${before}, ${text}`
      if (!addressLists.has(name)) break
    }
  }
  return texts
}

/** RFC 5322 §3.6 allows one of each; what repeats an address list is read as its continuation. */
const addressLists: ReadonlySet<string> = new Set(["to", "cc", "bcc"])
