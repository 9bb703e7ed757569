/** The text of a message that searches look through, folded, field by field. */
import { decodeWords, fileName, foldText } from "@letterkeep/mime"
import type { Entry } from "../entry.ts"
import type { Structure } from "../structure.ts"
import type { IndexField } from "./fields.ts"

/** "" where the message has no such field, or nothing is in it. */
export function foldedText(entry: Pick<Entry, "envelope" | "structure" | "text">, field: IndexField): string {
  switch (field) {
    case "body":
      return foldText(entry.text)
    case "attachment":
      return foldText(namesOf(entry.structure).join("\n"))
    default: {
      const value = entry.envelope[field]
      return value === undefined || value === "" ? "" : foldText(decodeWords(value))
    }
  }
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
