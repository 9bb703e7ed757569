import type { AccountId } from "../store/ids.ts"
import { type Personal, personal } from "./personal.ts"

/**
 * One word for each kind of value that a door takes in: it marks the value as personal, and nothing is promised about
 * its form. `whose`: the account that it belongs to, where that is known; a permit must then be about that account.
 */

/** A mail address of anybody, as it was written. */
export type MailAddress = Personal<"user.contact.email", string>
/** The network address of a machine that connects. */
export type IpAddress = Personal<"user.device.ip_address", string>
/** A password, a code, or what is sent to sign in by. */
export type Secret<T = string> = Personal<"user.credentials", T>
/** An organisation's name, or one of its domains. */
export type Organisation = Personal<"user.organisation", string>
/** An address or a domain that a person has a rule for. */
export type SenderPattern = Personal<"user.contacts.senders", string>
/** What is in somebody's mail, in plain text, and the words that it is searched by. */
export type MailContent<T> = Personal<"user.content.private.mail", T>
/** A mail filter that somebody has, or its name. */
export type FilterText<T = string> = Personal<"user.content.private.filters", T>
/** What else a peer says of itself or of its message: HELO's name, ENVID. */
export type PeerWord = Personal<"user.communications.envelope", string>

export const mailAddress = (text: string, whose?: AccountId): MailAddress =>
  personal("user.contact.email", text, whose)
export const ipAddress = (text: string): IpAddress => personal("user.device.ip_address", text)
export const secret = <T = string>(value: T, whose?: AccountId): Secret<T> =>
  personal("user.credentials", value, whose)
export const organisation = (text: string): Organisation => personal("user.organisation", text)
export const senderPattern = (text: string, whose?: AccountId): SenderPattern =>
  personal("user.contacts.senders", text, whose)
export const mailContent = <T>(value: T, whose?: AccountId): MailContent<T> =>
  personal("user.content.private.mail", value, whose)
export const filterText = <T = string>(value: T, whose?: AccountId): FilterText<T> =>
  personal("user.content.private.filters", value, whose)
export const peerWord = (text: string): PeerWord => personal("user.communications.envelope", text)
