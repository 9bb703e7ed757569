import type { Counts, SentLog } from "./sent-log.ts"

/** A letter that a far side said yes to. */
export interface Arrival {
  readonly text: Buffer
  readonly to: readonly string[]
  /** Milliseconds, by the same clock as the kills. */
  readonly at: number
}

export interface Comparison {
  /** What must not be; nothing when all is as it should be. */
  readonly wrong: readonly string[]
  /** Letters that came once more to somebody, behind a kill that had them in flight. */
  readonly repeats: number
}

export interface Trial {
  readonly log: SentLog
  readonly recipients: readonly string[]
  /** When something was killed. */
  readonly kills: readonly number[]
  /** It may take so long until the server has written down what it handed over: milliseconds. */
  readonly inFlightMs: number
}

/** The name of a trial's message, in its Message-ID. */
const idOf = /^Message-ID: <\d+\.(trial\d+x)@/im
/** A yes of the far side that was said as the kill struck is seen here a moment later. */
const slackMs = 250

/**
 * What was accepted against what arrived: all of it, unaltered below what stands on top, to nobody else; more than once
 * only where a kill had it in flight.
 */
export function compareArrived(trial: Trial, arrivals: readonly Arrival[]): Comparison {
  const wrong: string[] = []
  const sent = new Map(trial.recipients.map(recipient => [recipient, trial.log.counts(recipient)]))
  const found = new Map<Counts, number[]>()
  for (const { text, to, at } of arrivals) {
    const id = idOf.exec(text.toString("latin1"))?.[1]
    for (const recipient of to) {
      const one = id === undefined ? undefined : sent.get(recipient)?.get(id)
      if (one === undefined) wrong.push(`${recipient} has a message that nobody sent there`)
      else if (!text.subarray(-one.message.length).equals(one.message)) wrong.push(`${id} was altered`)
      else found.set(one, [...(found.get(one) ?? []), at])
    }
  }
  let repeats = 0
  for (const [recipient, all] of sent) {
    for (const [id, one] of all) {
      const times = found.get(one) ?? []
      if (times.length < one.least) wrong.push(`${id} to ${recipient} was lost`)
      if (times.length > 0 && one.most === 0) wrong.push(`${id} was refused, and ${recipient} has it`)
      repeats += Math.max(0, times.length - 1)
      wrong.push(...unexplained(times, trial).map(ms => `${recipient} has ${id} again, ${ms} ms later`))
    }
  }
  return { wrong, repeats }
}

/** Milliseconds between two arrivals, where no kill lies between them that had the first in flight. */
function unexplained(times: readonly number[], { kills, inFlightMs }: Trial): readonly number[] {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted.flatMap((at, no) => {
    const before = sorted[no - 1]
    if (before === undefined) return []
    const isExplained = kills.some(
      kill => kill > before - slackMs && kill < at && kill - before <= inFlightMs,
    )
    return isExplained ? [] : [at - before]
  })
}
