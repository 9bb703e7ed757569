import { type Personal, personal } from "./personal.ts"

/** A mail address of anybody, as it was written: no form is promised. */
export type MailAddress = Personal<"user.contact.email", string>
/** The network address of a machine that connects. */
export type IpAddress = Personal<"user.device.ip_address", string>

/** For where an address comes in, or is known. */
export const mailAddress = (text: string): MailAddress => personal("user.contact.email", text)
export const ipAddress = (text: string): IpAddress => personal("user.device.ip_address", text)
