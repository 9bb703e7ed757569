/**
 * THREAD=ORDEREDSUBJECT (RFC 5256 §3): all with the same base subject are one thread; the first that was sent is its
 * root, and the others are its children.
 */
import { bySent, type Thread, type ThreadMessage } from "./thread.ts"

export function threadByOrderedSubject(messages: readonly ThreadMessage[]): readonly Thread[] {
  const threads = new Map<string, ThreadMessage[]>()
  // In order of sending: so are the threads, by their first message, and what is in each.
  for (const message of messages.toSorted(bySent)) {
    const thread = threads.get(message.subject)
    if (thread === undefined) threads.set(message.subject, [message])
    else thread.push(message)
  }
  return [...threads.values()].map(([first, ...others]) => ({
    message: first?.number,
    children: others.map(({ number }) => ({ message: number, children: [] })),
  }))
}
