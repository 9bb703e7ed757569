import type { Promised } from "./promise.ts"

/** Reputation of numbers, reports and robocalls. */
export const rep: readonly Promised[] = [
  {
    id: "REP-1",
    title: "Reporting spam",
    sentence: "You can report a call or text, after you were shown what the report will share.",
    shownBy: "a report that holds what the consent screen showed, no more",
  },
  {
    id: "REP-2",
    title: "What becomes of reports",
    sentence:
      "Reports are published, and given to carriers and blocking services that are bound by an agreement.",
    shownBy: "a public page for a number; a feed that only registered recipients get",
  },
  {
    id: "REP-3",
    title: "Names of callers, only together",
    sentence: "The name that you give a number helps others only once enough people gave it independently.",
    shownBy: "a name shown to others from the k-th giver on, never before",
  },
  {
    id: "REP-4",
    title: "Whose number is it",
    sentence: "Anybody can look up a number, and its owner can opt out of that.",
    shownBy: "public page and interface with a rate limit; a number that opted out",
  },
  {
    id: "REP-5",
    title: "Spam scores",
    sentence: "Carriers and enterprises can ask how likely a number is spam, and why.",
    shownBy: "an interface with keys, scores with reasons, a bulk feed of changes",
  },
  {
    id: "REP-6",
    title: "Robocall index",
    sentence:
      "The public can see how many robocalls there are, where and by whom, without any figure that shows one person.",
    shownBy: "maps, charts and CSV; attacks on the figures that fail",
  },
  {
    id: "REP-7",
    title: "Investigations",
    sentence:
      "Calls of one campaign are brought together into a case for carriers and law enforcement, on a stated legal ground.",
    shownBy: "groups of like recordings; the case's export in the ledger with its ground",
  },
  {
    id: "REP-8",
    title: "Brands misused by fraud",
    sentence: "A brand learns when its name is used in fraudulent calls.",
    shownBy: "watched words; an alert with evidence",
  },
]
