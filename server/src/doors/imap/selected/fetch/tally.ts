import type { Answer } from "../../handler.ts"

/** What a FETCH could not tell, for its tagged answer. */
export interface Tally {
  /** Messages told of. */
  told: number
  /** Messages of which this sign-in does not open what was asked for. */
  closed: number
  /** A part's transfer encoding is not known. */
  unknownEncoding: boolean
}

export function newTally(): Tally {
  return { told: 0, closed: 0, unknownEncoding: false }
}

/** `asked`: messages that the client named by number, or undefined where it may name what is not there. */
export function fetchAnswer(tally: Tally, asked: number | undefined): Answer {
  if (tally.unknownEncoding)
    // RFC 3516 §4.3
    return {
      kind: "no",
      code: "UNKNOWN-CTE",
      text: "A part is encoded in a way that is not known here: FETCH BODY instead",
    }
  if (tally.closed > 0)
    return {
      kind: "no",
      code: "CANNOT", // RFC 5530 §3
      text: "Messages from before your sign-in was reset open with the recovery code or the old password alone",
    }
  // RFC 5530 §3: their numbers are the client's until EXPUNGE is told.
  if (asked !== undefined && tally.told < asked)
    return { kind: "ok", code: "EXPUNGEISSUED", text: "Some of the messages have gone meanwhile" }
  return { kind: "ok", text: "That is all" }
}
