/**
 * The fields of RFC 2045 §8 and their kin, read once for each part: the first of each name counts.
 * Sources: Content-Disposition RFC 2183, -Language RFC 3282, -Location RFC 2557 §4, -MD5 RFC 1864.
 */
import { type Field, textOfLatin1, unfold } from "./fields.ts"
import { type ContentType, type Disposition, parseContentType, parseDisposition } from "./parameters.ts"
import { skipCfws } from "./tokens.ts"

export interface ContentFields {
  readonly contentType: ContentType | undefined
  /** There is a Content-Type field, readable or not. */
  readonly hasType: boolean
  /** One character per byte, for the search in the body. */
  readonly boundary: string | undefined
  readonly encoding: string
  readonly disposition: Disposition | undefined
  readonly id: string | undefined
  readonly description: string | undefined
  readonly md5: string | undefined
  readonly languages: readonly string[]
  readonly location: string | undefined
}

/** Language tags kept of one field. */
const LANGUAGES_LIMIT = 32

export const NO_CONTENT_FIELDS: ContentFields = {
  contentType: undefined,
  hasType: false,
  boundary: undefined,
  encoding: "7bit",
  disposition: undefined,
  id: undefined,
  description: undefined,
  md5: undefined,
  languages: [],
  location: undefined,
}

/** `headerText` holds one character per byte; the spans of `fields` count from `base`. */
export function readContentFields(headerText: string, base: number, fields: readonly Field[]): ContentFields {
  const found = new Map<string, string>()
  for (const field of fields) {
    const { name } = field
    if (name.startsWith("content-") && !found.has(name))
      found.set(name, headerText.slice(field.valueStart - base, field.valueEnd - base))
  }
  if (found.size === 0) return NO_CONTENT_FIELDS
  const typeText = found.get("content-type")
  const contentType = typeText === undefined ? undefined : parseContentType(typeText)
  const disposition = found.get("content-disposition")
  return {
    contentType,
    hasType: typeText !== undefined,
    boundary: contentType?.type === "multipart" ? boundaryOf(contentType) : undefined,
    encoding: encodingOf(found.get("content-transfer-encoding")),
    disposition: disposition === undefined ? undefined : parseDisposition(disposition),
    id: plainText(found.get("content-id")),
    description: plainText(found.get("content-description")),
    md5: plainText(found.get("content-md5")),
    languages: languagesOf(found.get("content-language")),
    // RFC 2557 §4.4.2: white space of folds is no part of the URI.
    location: plainText(found.get("content-location"))?.replace(/\s+/g, ""),
  }
}

function boundaryOf(contentType: ContentType): string | undefined {
  const value = contentType.parameters.find(parameter => parameter.name === "boundary")?.value.trimEnd()
  return value === undefined || value === "" ? undefined : Buffer.from(value, "utf8").toString("latin1")
}

/** mechanism = token; comments around it are dropped (RFC 2045 §6.1). */
function encodingOf(raw: string | undefined): string {
  if (raw === undefined) return "7bit"
  const value = raw.slice(skipCfws(raw, 0))
  const end = value.search(/[\s;(]/)
  const encoding = textOfLatin1(end === -1 ? value : value.slice(0, end)).toLowerCase()
  return encoding === "" ? "7bit" : encoding
}

function plainText(raw: string | undefined): string | undefined {
  if (raw === undefined) return undefined
  const value = unfold(textOfLatin1(raw)).trim()
  return value === "" ? undefined : value
}

function languagesOf(raw: string | undefined): readonly string[] {
  if (raw === undefined) return NO_CONTENT_FIELDS.languages
  const tags = raw.replace(/\([^()]*\)/g, " ").split(",", LANGUAGES_LIMIT)
  return tags.map(tag => tag.trim()).filter(tag => tag !== "")
}
