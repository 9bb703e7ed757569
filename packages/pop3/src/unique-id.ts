/**
 * RFC 1939 §7: 1 to 70 characters from 0x21 to 0x7E that name a message in its maildrop for ever, in every session.
 * A UID names one message of a mailbox for as long as its UIDVALIDITY stands, and never another.
 */
export function uniqueId(uidValidity: number, uid: number): string {
  return `${uidValidity}.${uid}`
}
