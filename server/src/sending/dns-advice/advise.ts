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

/** What has come and what has gone from one look to the next; a look that the DNS did not answer hides nothing. */
export function drift(
  before: readonly DnsFinding[],
  after: readonly DnsFinding[],
): { readonly gone: readonly DnsFinding[]; readonly come: readonly DnsFinding[] } {
  const key = ({ about, state, says }: DnsFinding): string => `${about}\n${state}\n${says}`
  const [old, now] = [new Set(before.map(key)), new Set(after.map(key))]
  return {
    gone: before.filter(one => !now.has(key(one))),
    come: after.filter(one => !old.has(key(one))),
  }
}
