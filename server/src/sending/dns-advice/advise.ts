import { advisePrograms } from "./advise-programs.ts"
import { adviseSender } from "./advise-sender.ts"
import { adviseTransport } from "./advise-transport.ts"
import { adviseWayIn } from "./advise-way-in.ts"
import type { DnsFinding, DomainFacts, Seen } from "./facts.ts"

/** What is there, what is wrong, and what that breaks: in sentences, topic by topic. Pure. */
export function advise(facts: DomainFacts, seen: Seen): readonly DnsFinding[] {
  return [
    ...adviseWayIn(facts, seen),
    ...adviseSender(facts, seen),
    ...adviseTransport(facts, seen),
    ...advisePrograms(facts, seen),
  ]
}

/**
 * What has come and what has gone from one look to the next, of all that is not well; and what to hold the look after
 * against. That the DNS does not answer is no word on what it has: of a topic with such a question, what was known stays.
 */
export function drift(before: readonly DnsFinding[], after: readonly DnsFinding[]): Drift {
  const unanswered = new Set(after.filter(({ state }) => state === "unknown").map(({ about }) => about))
  const known = [
    ...before.filter(({ about, state }) => unanswered.has(about) && state !== "unknown"),
    ...after.filter(({ about, state }) => !unanswered.has(about) || state === "unknown"),
  ]
  const key = ({ about, state, says }: DnsFinding): string => `${about}\n${state}\n${says}`
  const isUnwell = ({ state }: DnsFinding): boolean => state !== "well"
  const [old, now] = [new Set(before.map(key)), new Set(known.map(key))]
  return {
    gone: before.filter(one => isUnwell(one) && !now.has(key(one))),
    come: known.filter(one => isUnwell(one) && !old.has(key(one))),
    known,
  }
}

export interface Drift {
  readonly gone: readonly DnsFinding[]
  readonly come: readonly DnsFinding[]
  readonly known: readonly DnsFinding[]
}
