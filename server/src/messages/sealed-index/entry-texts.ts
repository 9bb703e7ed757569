/** The text of a message that searches look through, folded, field by field. */
import { addressText, decodeWords, fileName, foldText, mailboxesOf, parseAddressList } from "@letterkeep/mime"
import type { Entry, EnvelopeField } from "../entry.ts"
import type { Structure } from "../structure.ts"
import { type IndexField, indexFields } from "./fields.ts"

/** Of all fields that hold something. */
export function foldedTexts(entry: Entry): ReadonlyMap<IndexField, string> {
  const texts = new Map<IndexField, string>()
  for (const field of indexFields) {
    const text = foldedText(entry, field)
    if (text !== "") texts.set(field, text)
  }
  return texts
}

/** "" where the message has no such field, or nothing is in it. */
export function foldedText(
  entry: Pick<Entry, "envelope" | "structure" | "text" | "cut"> & Partial<Pick<Entry, "structureBytes">>,
  field: IndexField,
): string {
  switch (field) {
    case "body":
      return foldText(entry.text)
    case "attachment":
      // Nearly no message: the structure is not read for it.
      if (entry.structureBytes?.includes("name") === false) return ""
      return foldText(namesOf(entry.structure).join("\n"))
    default: {
      const value = entry.envelope[field]
      return value === undefined || value === "" ? "" : foldedField(field, value, !entry.cut)
    }
  }
}

const addressFields: ReadonlySet<EnvelopeField> = new Set(["from", "sender", "reply-to", "to", "cc", "bcc"])

/**
 * Of one header field, unfolded and encoded as it was. `whole`: all of it is there, so that it can be read as a list
 * of addresses: then names and addresses as programs show them follow, each on a line of its own, where they are not
 * in the text as it is: without comments, quotes and the blanks between their parts.
 */
export function foldedField(field: EnvelopeField, value: string, whole: boolean): string {
  const text = foldText(decodeWords(value))
  if (!whole || !addressFields.has(field) || PLAIN_LIST.test(value)) return text
  const shown = new Set<string>()
  for (const mailbox of mailboxesOf(parseAddressList(value)))
    for (const one of [decodeWords(mailbox.name ?? ""), addressText(mailbox)]) {
      const folded = foldText(one)
      if (!text.includes(folded)) shown.add(folded)
    }
  return [text, ...shown].join("\n")
}

/** Nearly all lists: names and addresses stand in it as programs show them, so nothing would follow. */
const PLAIN_LIST = plainList()

function plainList(): RegExp {
  const name = "[\\w.'+-]+(?: [\\w.'+-]+)*"
  const address = "[\\w.'+-]+@[\\w.-]+"
  const one = `(?:(?:${name} )?<${address}>|${address})`
  return new RegExp(`^${one}(?:, ?${one})*$`)
}

function namesOf(part: Structure): string[] {
  const name = fileName(part)
  const inner = part.parts.flatMap(namesOf)
  return name === undefined ? inner : [name, ...inner]
}

/** Whether only the body has all of what the field holds. */
export function isCut(entry: Pick<Entry, "cut" | "textCut">, field: IndexField): boolean {
  return field === "body" ? entry.textCut : entry.cut
}
