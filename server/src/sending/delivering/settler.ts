/**
 * Settles what was tried: the queue's rows, and what the sender hears of it, in one commit. What comes to be settled at
 * the same time goes into one transaction, up to a limit, and one by one where that fails for one of them; a message whose
 * sender is to get a letter goes with the letter.
 */
import type { Keep } from "../../messages/index.ts"
import type { Clock } from "../../ports/clock.ts"
import { type Log, ref } from "../../ports/log.ts"
import { systemTimer, type Timer } from "../../ports/timer.ts"
import type { Privacy } from "../../privacy/index.ts"
import { createTableRows, type Store, StoreError, saysDeadlock, type Tx } from "../../store/index.ts"
import type { Claimed, Tried } from "../contract.ts"
import type { TriedEvent } from "../history/facts.ts"
import { openSentRecorder, type SentRecorder } from "../history/record-sent.ts"
import { waitingMails } from "../queue/lock-mails.ts"
import type { Queue } from "../queue/open-queue.ts"
import type { Settlement } from "../queue/settle.ts"
import { type Course, courseOf } from "./course-of.ts"
import { eventsOf } from "./events-of.ts"
import { type LetterParts, letterAbout } from "./letter.ts"
import type { KeptHere } from "./put-here.ts"

export interface Settler {
  /** `tried`: by the recipients' numbers. Durable when it resolves; rejects as the store does, and then nothing is settled. */
  settle(mail: Claimed, tried: ReadonlyMap<number, Tried>): Promise<void>
  /**
   * Keeps what is for somebody here, and settles them with it. Resolves to false, with nothing kept, where others have them
   * by now; rejects as the store does.
   */
  keepHere(mail: Claimed, kept: KeptHere): Promise<boolean>
  idle(): Promise<void>
}

export interface SettlerParts extends LetterParts {
  readonly store: Pick<Store, "transaction" | "copyIn">
  readonly queue: Pick<Queue, "settle">
  readonly keep: Keep
  readonly privacy: Pick<Privacy, "gate">
  readonly clock: Clock
  /** The system's unless said. */
  readonly timer?: Timer
  readonly log: Log
}

/** Messages that are settled in one transaction. */
const groupLimit = 200
/** Milliseconds that a group waits for company, while there is some to be expected. */
const gatherMs = 10

interface Job {
  readonly mail: Claimed
  readonly courses: readonly Course[]
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/** Others have the message by now: its letter is theirs to write, and those who are here get it from them. */
class LeaseLostError extends Error {
  override readonly name = "LeaseLostError"
}

export function createSettler(parts: SettlerParts): Settler {
  const { store, queue, keep, privacy, clock, timer = systemTimer, log } = parts
  const waiting: Job[] = []
  let writing: Promise<void> | undefined
  /** The last group had several messages: the next will hardly have one. */
  let isBusy = false

  /** Resolves to the settlements that others were before: of these only that a recipient has it was written. */
  const write = async (tx: Tx, group: readonly Pick<Job, "mail" | "courses">[], recorder: SentRecorder) => {
    const lost = new Set(
      await queue.settle(
        tx,
        group.flatMap(({ courses }) => courses.map(({ settlement }) => settlement)),
      ),
    )
    const tables = createTableRows()
    const now = clock.now()
    for (const { mail, courses } of group) {
      // What somebody else has it is said of whoever settled otherwise: it is so.
      const done = courses.filter(
        ({ settlement }) => settlement.kind === "handed-over" || !lost.has(settlement),
      )
      for (const event of eventsOf(done, now)) recorder.event(tables, mail.account, mail.mail, now, event)
    }
    const rows = tables.all()
    if (rows.length > 0) await store.copyIn(tx, ...rows)
    return lost
  }
  const recorderFor = (group: readonly Pick<Job, "mail">[]): Promise<SentRecorder> =>
    openSentRecorder(parts, [...new Set(group.map(({ mail }) => mail.account))])

  const writeGroups = async (): Promise<void> => {
    while (waiting.length > 0) {
      if (isBusy && waiting.length < groupLimit)
        await new Promise<void>(resolve => timer.after(gatherMs, resolve))
      const group = waiting.splice(0, groupLimit)
      isBusy = group.length > 1
      await writeGroup(group)
    }
    writing = undefined
  }
  const writeGroup = async (group: readonly Job[]): Promise<void> => {
    try {
      const recorder = await recorderFor(group)
      await store.transaction(tx => write(tx, group, recorder))
      for (const { done } of group) done()
    } catch (cause) {
      const isAway = cause instanceof StoreError && cause.temporary && !saysDeadlock(cause)
      if (group.length === 1 || isAway) for (const { failed } of group) failed(cause)
      else for (const job of group) await writeGroup([job])
    }
  }
  const settleTogether = (mail: Claimed, courses: readonly Course[]): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ mail, courses, done, failed })
      writing ??= Promise.resolve().then(writeGroups)
    })

  const withLetter = async (mail: Claimed, courses: readonly Course[]): Promise<void> => {
    const letter = await privacy.gate(
      "mail.send",
      { kind: "account", account: mail.account },
      async permit => {
        // A letter without the message is better than none.
        const text = await mail.text().then(
          found => found.open(permit),
          () => Buffer.alloc(0),
        )
        return letterAbout(parts, mail, courses, text, { now: clock.now(), permit })
      },
    )
    if (letter === undefined) return await settleTogether(mail, courses)
    const job = { mail, courses }
    const recorder = await recorderFor([job])
    const work = async (tx: Tx): Promise<void> => {
      const lost = await write(tx, [job], recorder)
      if (lost.size > 0) throw new LeaseLostError("others have it by now")
    }
    try {
      await keep.keep([letter], { bytes: 0, work, locks: locksOf(mail) })
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error
      log.event("sending.lease-lost", { mail: ref(String(mail.mail)) })
      await settleTogether(mail, courses)
    }
  }

  return {
    async settle(mail, tried) {
      const courses = await privacy.gate(
        "mail.send",
        { kind: "account", account: mail.account },
        async permit => {
          const ground = {
            reversePath: mail.reversePath.open(permit),
            now: clock.now(),
            chance: parts.chance,
          }
          return mail.recipients.flatMap(recipient => {
            const one = tried.get(recipient.no)
            return one === undefined ? [] : [courseOf(mail, recipient, one, ground)]
          })
        },
      )
      if (courses.some(({ tell }) => tell !== undefined)) await withLetter(mail, courses)
      else await settleTogether(mail, courses)
      logCourses(log, mail, courses)
    },
    async keepHere(mail, { recipients, refused, deliveries, alongside }) {
      const recorder = await recorderFor([{ mail }])
      const settlements = [...recipients, ...refused.map(({ no }) => no)].map(
        no => ({ kind: "kept-here", claimed: mail, no }) as const,
      )
      const work = async (tx: Tx): Promise<void> => {
        await alongside?.work?.(tx)
        if ((await queue.settle(tx, settlements)).length > 0)
          throw new LeaseLostError("others have it by now")
        const tables = createTableRows()
        const events: TriedEvent[] = refused.map(({ no, reply }) => ({
          kind: "failed",
          why: "refused",
          recipients: [no],
          reply,
        }))
        if (recipients.length > 0) events.unshift({ kind: "kept-here", recipients })
        for (const event of events) recorder.event(tables, mail.account, mail.mail, clock.now(), event)
        await store.copyIn(tx, ...tables.all())
      }
      try {
        const locks = [...(alongside?.locks ?? []), ...locksOf(mail)]
        await keep.keep(deliveries, { ...alongside, bytes: alongside?.bytes ?? 0, work, locks })
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error
        log.event("sending.lease-lost", { mail: ref(String(mail.mail)) })
        return false
      }
      log.event("sending.kept-here", {
        mail: ref(String(mail.mail)),
        account: mail.account,
        recipients: recipients.length,
      })
      return true
    },
    async idle() {
      while (writing !== undefined) await writing
    },
  }
}

const locksOf = ({ account, mail }: Claimed) => [{ of: waitingMails, places: [{ account, id: mail }] }]

function logCourses(log: Log, mail: Claimed, courses: readonly Course[]): void {
  const count = (kind: Settlement["kind"]): number =>
    courses.filter(({ settlement }) => settlement.kind === kind).length
  log.event("sending.tried", {
    mail: ref(String(mail.mail)),
    account: mail.account,
    handedOver: count("handed-over"),
    again: count("again"),
    givenUp: count("given-up"),
  })
}
