import type { UidRange } from "../../../../messages/index.ts"
import type { Answer } from "../../handler.ts"
import type { OpenMailbox } from "../open-mailbox.ts"
import { resolveUids } from "../resolve-set.ts"

/** What a FETCH could not tell, for its tagged answer. */
export interface Tally {
  /** Messages told of. */
  told: number
  /** UIDs of messages of which something that was asked for is missing: it does not open, or they have gone. */
  readonly closed: Set<number>
  /** A part's transfer encoding is not known. */
  unknownEncoding: boolean
}

export function newTally(): Tally {
  return { told: 0, closed: new Set(), unknownEncoding: false }
}

type Parts = Pick<OpenMailbox, "mail" | "known" | "id">

/** `asked`: messages that the client named by number, or undefined where it may name what is not there. */
export async function fetchAnswer(parts: Parts, tally: Tally, asked: number | undefined): Promise<Answer> {
  if (tally.unknownEncoding)
    // RFC 3516 §4.3
    return {
      kind: "no",
      code: "UNKNOWN-CTE",
      text: "A part is encoded in a way that is not known here: FETCH BODY instead",
    }
  if (await isAnyThere(parts, tally.closed))
    return {
      kind: "no",
      code: "CANNOT", // RFC 5530 §3
      text: "Messages from before your sign-in was reset open with the recovery code or the old password alone",
    }
  // RFC 5530 §3: their numbers are the client's until EXPUNGE is told.
  if (tally.closed.size > 0 || (asked !== undefined && tally.told < asked))
    return { kind: "ok", code: "EXPUNGEISSUED", text: "Some of the messages have gone meanwhile" }
  return { kind: "ok", text: "That is all" }
}

/** Whether the mailbox holds one of these now. */
export async function isAnyThere({ mail, known, id }: Parts, uids: ReadonlySet<number>): Promise<boolean> {
  if (uids.size === 0) return false
  const ranges: readonly UidRange[] = resolveUids(
    known.numbering,
    [...uids].sort((a, b) => a - b),
  ).uids
  for await (const rows of mail.rows(id, ranges)) if (rows.some(({ uid }) => uids.has(uid))) return true
  return false
}
