/**
 * What can be asked for by text, and how its text is cut into terms. Fields that hold the same things share a
 * dictionary: an address that writes to many people is in it once.
 *
 * A term is as much text as is found whole: of the body a word, of a list of addresses one of them, of a subject all
 * of it, of an identifier what is before or behind its at sign. So a question that crosses none of its field's separators
 * is answered for sure, wherever it lies in the text: but not one that is longer than `exactUnits` (terms.ts), nor one of
 * more than two characters in a script without spaces.
 */
import { type EnvelopeField, envelopeFields } from "../entry.ts"

export const indexFields = [...envelopeFields, "body", "attachment"] as const

/** `attachment`: the names of attachments. */
export type IndexField = EnvelopeField | "body" | "attachment"

/** What separates terms: what is no word, commas, white space (and at signs), or line ends alone. */
type Separation = "words" | "commas" | "white space" | "at signs" | "lines"

interface Dictionary {
  /** Its number in a segment. */
  readonly no: number
  readonly separation: Separation
  /** A field's place is its number there; at most eight. */
  readonly fields: readonly IndexField[]
}

export const dictionaries: readonly Dictionary[] = [
  { no: 0, separation: "words", fields: ["body", "attachment"] },
  { no: 1, separation: "commas", fields: ["from", "sender", "reply-to", "to", "cc", "bcc"] },
  { no: 2, separation: "lines", fields: ["subject"] },
  { no: 3, separation: "at signs", fields: ["message-id", "in-reply-to", "references"] },
  { no: 4, separation: "white space", fields: ["date"] },
]

export const wordsDictionary = 0
/** Names of header fields that a message has; each is a term of its own. */
export const namesDictionary = 5
/**
 * Subjects once more, by their words: subjects are nearly all different, words are not, so a part of one word is found
 * in a tenth of the octets.
 */
const subjectWords: Dictionary = { no: 6, separation: "words", fields: ["subject"] }
export const dictionaryCount = 7
/** Those that hold texts. */
export const textDictionaries: readonly Dictionary[] = [...dictionaries, subjectWords]

export interface FieldPlace {
  readonly dictionary: Dictionary
  /** Its number in the dictionary. */
  readonly field: number
}

export const placeOf: ReadonlyMap<IndexField, FieldPlace> = new Map(
  dictionaries.flatMap(dictionary => dictionary.fields.map((name, field) => [name, { dictionary, field }])),
)

/**
 * Text that is asked in `fields`: each dictionary that is concerned, with a bit for each field of it. `inWord`: the text
 * lies in one word wherever it is.
 */
export function dictionariesOf(
  fields: readonly IndexField[],
  inWord: boolean,
): ReadonlyMap<Dictionary, number> {
  const found = new Map<Dictionary, number>()
  for (const name of fields) {
    const place = inWord && name === "subject" ? { dictionary: subjectWords, field: 0 } : placeOf.get(name)
    if (place !== undefined)
      found.set(place.dictionary, (found.get(place.dictionary) ?? 0) | (1 << place.field))
  }
  return found
}

export type { Dictionary, Separation }
