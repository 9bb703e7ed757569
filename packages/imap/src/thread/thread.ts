/** What THREAD is asked of and what it answers; both algorithms speak of it (RFC 5256 §3, §4). */
import type { EnvelopeText } from "@letterkeep/mime"
import { baseSubject } from "../sort/base-subject.ts"
import { orderText } from "../sort/compare.ts"
import { sentDate } from "../sort/sent-date.ts"

/** A node of a thread. */
export interface Thread {
  /** Number or UID. Undefined: a message that is not there, which holds two or more that answer it. */
  readonly message: number | undefined
  readonly children: readonly Thread[]
}

/** Of a message, what threading needs: small, so that all of a mailbox can be held. */
export interface ThreadMessage {
  /** What is answered: the message's number or UID. */
  readonly number: number
  /** When it was sent, in milliseconds. */
  readonly sent: number
  /** The base subject, in the form in which two are compared. */
  readonly subject: string
  readonly isReplyOrForward: boolean
}

/** `arrival`: INTERNALDATE, in milliseconds. */
export function threadMessageOf(number: number, arrival: number, envelope: EnvelopeText): ThreadMessage {
  const { base, isReplyOrForward } = baseSubject(envelope.subject ?? "")
  return { number, sent: sentDate(envelope.date, arrival), subject: orderText(base), isReplyOrForward }
}

/** By the date on which they were sent, then by number (RFC 5256 §2.2). */
export function bySent(one: ThreadMessage, other: ThreadMessage): number {
  return one.sent - other.sent || one.number - other.number
}
