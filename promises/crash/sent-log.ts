import { traceAbove } from "../../fixtures/house.ts"

/** What was sent to whom, how often, and how often it got a 250. */
export interface SentLog {
  /** Before the first byte goes: from now on it may be kept. */
  tried(id: string, message: Buffer, recipients: readonly string[]): void
  /** The 250 has come. */
  accepted(id: string): void
  /** A clear no: this try must not be kept. */
  refused(id: string): void
  counts(recipient: string): ReadonlyMap<string, Counts>
  /** 250s so far. */
  yes(): number
  /** Tries that got neither yes nor no. */
  unanswered(): number
}

export interface Counts {
  readonly message: Buffer
  /** Kept at least so often, since so many 250s came. */
  readonly least: number
  /** And at most so often: tries whose answer was lost may have been kept. */
  readonly most: number
}

interface Sent {
  readonly message: Buffer
  readonly recipients: readonly string[]
  tries: number
  yes: number
  no: number
}

export function createSentLog(): SentLog {
  const sent = new Map<string, Sent>()
  const sum = (of: (one: Sent) => number) => [...sent.values()].reduce((total, one) => total + of(one), 0)
  const find = (id: string) => {
    const one = sent.get(id)
    if (one === undefined) throw new Error(`${id} was never tried`)
    return one
  }
  return {
    tried(id, message, recipients) {
      const one = sent.get(id) ?? { message, recipients, tries: 0, yes: 0, no: 0 }
      sent.set(id, { ...one, tries: one.tries + 1 })
    },
    accepted(id) {
      find(id).yes += 1
    },
    refused(id) {
      find(id).no += 1
    },
    counts(recipient) {
      const mine = [...sent].filter(([, one]) => one.recipients.includes(recipient))
      return new Map(
        mine.map(([id, one]) => [id, { message: one.message, least: one.yes, most: one.tries - one.no }]),
      )
    },
    yes: () => sum(one => one.yes),
    unanswered: () => sum(one => one.tries - one.yes - one.no),
  }
}

/** The name of a trial's message, in its Message-ID. */
const idOf = /^Message-ID: <\d+\.(trial\d+x)@/im

/** What is wrong with what a reader found; nothing when all is as it should be. */
export function compareKept(log: SentLog, recipient: string, kept: readonly Buffer[]): readonly string[] {
  const counts = log.counts(recipient)
  const found = new Map<string, number>()
  const wrong: string[] = []
  for (const message of kept) {
    const id = idOf.exec(message.toString("latin1"))?.[1]
    const sent = id === undefined ? undefined : counts.get(id)
    if (id === undefined || sent === undefined) wrong.push("a message that nobody sent")
    else if (traceAbove(message, sent.message) === undefined) wrong.push(`${id} was altered`)
    else found.set(id, (found.get(id) ?? 0) + 1)
  }
  for (const [id, { least, most }] of counts) {
    const times = found.get(id) ?? 0
    if (times < least) wrong.push(`${id} was lost: ${least} times accepted, ${times} times there`)
    if (times > most) wrong.push(`${id} was doubled: ${times} times there, ${most} at most can be`)
  }
  return wrong
}
