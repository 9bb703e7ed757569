import type { TriedEvent } from "../history/facts.ts"
import type { Course } from "./course-of.ts"

/** What the history of a message says of these; recipients of whom the same is to be said have one event. */
export function eventsOf(courses: readonly Course[], now: number): readonly TriedEvent[] {
  const events = new Map<string, TriedEvent>()
  for (const course of courses) {
    const event = eventOf(course, now)
    const { recipients, ...said } = event
    const key = JSON.stringify(said)
    const before = events.get(key)
    events.set(
      key,
      before === undefined ? event : { ...before, recipients: [...before.recipients, ...recipients] },
    )
  }
  return [...events.values()]
}

/** Next tries of one message lie some seconds apart by chance: told to the minute, they are one. */
const minute = 60_000

function eventOf({ tried, settlement }: Course, now: number): TriedEvent {
  const recipients = [settlement.no]
  if (tried.kind === "handed-over")
    return { kind: "handed-over", recipients, by: tried.by, reply: tried.reply }
  const { why, by, reply } = tried
  const said = {
    recipients,
    why,
    ...(by === undefined ? {} : { by }),
    ...(reply === undefined ? {} : { reply }),
  }
  if (settlement.kind !== "again") return { kind: "failed", ...said }
  return { kind: "put-off", ...said, nextAt: Math.ceil((now + settlement.afterMs) / minute) * minute }
}
