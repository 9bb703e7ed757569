/**
 * Programs that carry a mailbox away ask for one message after the other. From the second on, those that follow come
 * along on the same way from the database and wait, opened, for a moment: half the cost, and no waiting.
 *
 * What waits is bounded in octets and time, belongs to one session, and is gone with the next question for
 * one message elsewhere. Bodies never change; a row that waited may have: it is only for those who ask no more of it than its UID.
 */
import type { Timer } from "../../ports/timer.ts"
import type { MailboxId } from "../../store/index.ts"
import type { UidRange } from "../mail.ts"
import type { BodyPiece } from "./whole-bodies.ts"

/** Messages that come along, and how far UIDs may lie apart for one to follow another. */
const messagesAhead = 7
const nextWithin = 4
/** Octets that wait. */
const octetsAhead = 256 * 1024
const waitMs = 2_000

type ReadBodies = (mailbox: MailboxId, uids: readonly UidRange[]) => AsyncIterable<BodyPiece>

export interface ReadAhead {
  /** One message, as `read` gives it. */
  one(mailbox: MailboxId, uid: number): AsyncIterable<BodyPiece>
}

export function createReadAhead(read: ReadBodies, timer: Timer): ReadAhead {
  const waiting = new Map<number, readonly BodyPiece[]>()
  let last: { readonly mailbox: MailboxId; readonly uid: number } | undefined
  let callOff: (() => void) | undefined

  function clear(): void {
    callOff?.()
    callOff = undefined
    waiting.clear()
  }

  async function* window(mailbox: MailboxId, uid: number): AsyncGenerator<BodyPiece> {
    clear()
    callOff = timer.after(waitMs, clear)
    let octets = 0
    let held: BodyPiece[] = []
    for await (const piece of read(mailbox, [{ first: uid, last: uid + messagesAhead }])) {
      if (piece.row.uid === uid) {
        yield piece
        continue
      }
      if (octets + piece.row.size > octetsAhead) return
      held.push(piece)
      if (!piece.last) continue
      octets += piece.row.size
      waiting.set(piece.row.uid, held)
      held = []
    }
  }

  return {
    async *one(mailbox, uid) {
      const before = last
      last = { mailbox, uid }
      const isNext = before?.mailbox === mailbox && uid > before.uid && uid - before.uid <= nextWithin
      const held = isNext ? waiting.get(uid) : undefined
      if (held !== undefined) {
        waiting.delete(uid)
        yield* held
      } else if (isNext) yield* window(mailbox, uid)
      else {
        clear()
        yield* read(mailbox, [{ first: uid, last: uid }])
      }
    },
  }
}
