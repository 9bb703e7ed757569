/** A question to a message that no segment holds yet: its entry holds the texts themselves. */
import type { Entry } from "../entry.ts"
import { mark } from "./ask-segments.ts"
import type { Question } from "./contract.ts"
import { foldedText, isCut } from "./entry-texts.ts"

export function askEntry(entry: Entry, question: Question): (typeof mark)[keyof typeof mark] {
  if ("headerName" in question) {
    if (entry.names.includes(question.headerName)) return mark.sure
    return entry.namesCut ? mark.perhaps : mark.no
  }
  const { fields, text } = question
  if (text === "") return mark.perhaps
  for (const field of fields) if (foldedText(entry, field).includes(text)) return mark.sure
  return fields.some(field => isCut(entry, field)) ? mark.perhaps : mark.no
}
