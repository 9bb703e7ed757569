/**
 * The ids of objects as programs see them, in IMAP (RFC 8474) and JMAP (RFC 8620 §1.2) alike: a letter for the type and
 * the number in base 36, lower case. They hold within one account, and for as long as it exists.
 *
 *     mailbox = "m" number     email = "e" number     thread = "t" number
 */
import { asId, type EmailId, type MailboxId, type ThreadId } from "../store/index.ts"

export const mailboxObjectId = (id: MailboxId): string => `m${id.toString(36)}`
export const emailObjectId = (id: EmailId): string => `e${id.toString(36)}`
export const threadObjectId = (id: ThreadId): string => `t${id.toString(36)}`

/** Undefined for what none of the above writes. */
export const readMailboxObjectId = (text: string): MailboxId | undefined => read("m", text, asId<MailboxId>)
export const readEmailObjectId = (text: string): EmailId | undefined => read("e", text, asId<EmailId>)
export const readThreadObjectId = (text: string): ThreadId | undefined => read("t", text, asId<ThreadId>)

/** 2^53 - 1 has eleven digits. */
const digits = /^[1-9a-z][0-9a-z]{0,10}$/

function read<Id>(letter: string, text: string, brand: (value: number) => Id): Id | undefined {
  if (!text.startsWith(letter) || !digits.test(text.slice(1))) return undefined
  const value = Number.parseInt(text.slice(1), 36)
  return Number.isSafeInteger(value) ? brand(value) : undefined
}
