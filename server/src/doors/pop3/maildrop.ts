/**
 * The inbox as it stood when the program signed in (RFC 1939 §4): messages are numbered from 1 in the order of their
 * UIDs, and keep their numbers until the end. Marks are in memory alone, until QUIT.
 */
import type { Mail, UidRange } from "../../messages/index.ts"
import type { MailboxId } from "../../store/ids.ts"

export interface Message {
  readonly number: number
  readonly uid: number
  readonly octets: number
}

export interface Maildrop {
  readonly mailbox: MailboxId
  readonly uidValidity: number
  /** Messages that are not marked, and their octets. */
  readonly count: number
  readonly octets: number
  /** Undefined where there is none of this number, or it is marked. */
  find(number: number): Message | undefined
  /** Those that are not marked, in order. */
  messages(): Iterable<Message>
  mark(message: Message): void
  unmarkAll(): void
  /** The marked ones. */
  marked(): readonly UidRange[]
  readonly markedCount: number
}

const allUids: readonly UidRange[] = [{ first: 1, last: 0xffff_ffff }]

export async function openMaildrop(mail: Mail, limit: number): Promise<Maildrop> {
  const inbox = (await mail.mailboxes()).find(({ role }) => role === "inbox")
  if (inbox === undefined) throw new Error("an account without an inbox")
  const uids: number[] = []
  const sizes: number[] = []
  for await (const page of mail.rows(inbox.id, allUids)) {
    for (const { uid, size } of page.slice(0, limit - uids.length)) {
      uids.push(uid)
      sizes.push(size)
    }
    if (uids.length >= limit) break
  }
  return maildropOf(inbox.id, inbox.uidValidity, uids, sizes)
}

export function maildropOf(
  mailbox: MailboxId,
  uidValidity: number,
  uids: readonly number[],
  sizes: readonly number[],
): Maildrop {
  const marks = new Set<number>()
  const whole = sizes.reduce((sum, octets) => sum + octets, 0)
  let octets = whole

  function find(number: number): Message | undefined {
    const [uid, size] = [uids[number - 1], sizes[number - 1]]
    if (uid === undefined || size === undefined || marks.has(number)) return undefined
    return { number, uid, octets: size }
  }

  return {
    mailbox,
    uidValidity,
    get count() {
      return uids.length - marks.size
    },
    get octets() {
      return octets
    },
    find,
    *messages() {
      for (let number = 1; number <= uids.length; number += 1) {
        const message = find(number)
        if (message !== undefined) yield message
      }
    },
    mark(message) {
      if (marks.has(message.number)) return
      marks.add(message.number)
      octets -= message.octets
    },
    unmarkAll() {
      marks.clear()
      octets = whole
    },
    marked() {
      const sorted = [...marks].map(number => uids[number - 1] ?? 0).sort((a, b) => a - b)
      return rangesOf(sorted)
    },
    get markedCount() {
      return marks.size
    },
  }
}

/** Ascending UIDs as ranges. */
function rangesOf(uids: readonly number[]): readonly UidRange[] {
  const ranges: { first: number; last: number }[] = []
  for (const uid of uids) {
    const last = ranges.at(-1)
    if (last !== undefined && last.last + 1 === uid) last.last = uid
    else ranges.push({ first: uid, last: uid })
  }
  return ranges
}
