import type { ThreadAlgorithm } from "../command.ts"
import { createLinks, type LinkingText } from "./links.ts"
import { threadByOrderedSubject } from "./ordered-subject.ts"
import { threadByReferences } from "./references.ts"
import { type Thread, type ThreadMessage, threadMessageOf } from "./thread.ts"

export interface Threader {
  /**
   * `number`: what is answered, a message's number or UID; they come ascending. `arrival`: INTERNALDATE, in
   * milliseconds.
   */
  add(number: number, arrival: number, envelope: LinkingText): void
  threads(): readonly Thread[]
}

/**
 * THREAD (RFC 5256 §3): messages come one by one, little is kept of each, threads come out. 100,000 messages take about
 * a second, however they are linked.
 */
export function createThreader(algorithm: ThreadAlgorithm): Threader {
  const messages: ThreadMessage[] = []
  const links = algorithm === "REFERENCES" ? createLinks() : undefined
  return {
    add(number, arrival, envelope) {
      messages.push(threadMessageOf(number, arrival, envelope))
      links?.add(envelope)
    },
    threads: () =>
      links === undefined ? threadByOrderedSubject(messages) : threadByReferences(messages, links.pruned()),
  }
}
