/** What a run is told of the outside, and what it may ask. No answer is kept between runs. */

export interface Envelope {
  /** Without angle brackets and source route (RFC 5228 §5.4), with its domain; "" for the null reverse-path. */
  readonly from: string
  /** The recipient that the script runs for, as the sender wrote it, with its domain. */
  readonly to: string
}

export interface DuplicateQuestion {
  /** From the script: identifiers of different handles are different ones; undefined for the one without a name. */
  readonly handle: string | undefined
  /** Compared octet by octet, wherever the script has it from (RFC 7352 §3.1, §3.2). */
  readonly id: string
  readonly seconds: number
  /** Seen again, it counts from the last time (`:last`), not the first. */
  readonly last: boolean
}

export interface VacationQuestion {
  readonly handle: string
  readonly to: string
  readonly seconds: number
}

type Answer<T> = T | Promise<T>

export interface World {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Minutes east of Greenwich that the reader's clock shows at that moment. */
  offsetAt(ms: number): number
  mailboxExists(mailbox: string): Answer<boolean>
  /** A mailbox with this attribute, such as `\Junk`; this one, where one is named (RFC 8579 §3). */
  specialUseExists(attribute: string, mailbox: string | undefined): Answer<boolean>
  /** Whether it was remembered within those seconds. Nothing is to be remembered yet: the outcome says what. */
  isDuplicate(question: DuplicateQuestion): Answer<boolean>
  /** Whether such a reply has gone to that address within those seconds. */
  hasReplied(question: VacationQuestion): Answer<boolean>
  /** The reader's addresses besides the envelope's: what a reply may answer for (RFC 5230 §4.5). */
  readonly ownAddresses: readonly string[]
  /** What stands between user and detail in a local part: "+". */
  readonly detailSeparator: string
}
