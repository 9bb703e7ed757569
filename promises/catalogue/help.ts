import type { Promised } from "./promise.ts"

/** Help and disputes. */
export const help: readonly Promised[] = [
  {
    id: "HELP-1",
    title: "Answers",
    sentence: "Questions are acknowledged and answered.",
    shownBy: "help pages, contact, a case that is followed; the time to acknowledgement, measured",
  },
  {
    id: "HELP-2",
    title: "An independent body",
    sentence: "A privacy complaint left unanswered goes to an independent body.",
    shownBy: "escalation after the promised time, with the whole thread",
  },
  {
    id: "HELP-3",
    title: "Word of faults",
    sentence: "You are told of faults and outages.",
    shownBy: "the status page and service messages",
  },
  {
    id: "HELP-4",
    title: "A reviewer can check",
    sentence:
      "An independent reviewer can check that the service keeps its policy, without seeing anybody's content.",
    shownBy: "the auditor's role, which proves promises and reads evidence and no content",
  },
]
