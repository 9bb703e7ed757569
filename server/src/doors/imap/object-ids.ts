/**
 * Object identifiers (RFC 8474): a letter for the kind and the number that the store knows the object by, which no
 * other object of the account ever has.
 *
 *     objectid = 1*255(ALPHA / DIGIT / "_" / "-")        RFC 8474 §7
 */
import { asId, type EmailId, type MailboxId, type ThreadId } from "../../store/ids.ts"

export function writeEmailId(id: EmailId): string {
  return `M${id}`
}

export function writeThreadId(id: ThreadId): string {
  return `T${id}`
}

export function writeMailboxId(id: MailboxId): string {
  return `F${id}`
}

/** Undefined: no email has this identifier. */
export function readEmailId(text: string): EmailId | undefined {
  return read("M", text)
}

export function readThreadId(text: string): ThreadId | undefined {
  return read("T", text)
}

function read<T extends EmailId | ThreadId>(letter: string, text: string): T | undefined {
  if (!text.startsWith(letter) || !/^[1-9][0-9]{0,14}$/.test(text.slice(1))) return undefined
  return asId<T>(Number(text.slice(1)))
}
