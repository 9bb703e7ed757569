import type { Promised } from "./promise.ts"

/** Aggregates. */
export const agg: readonly Promised[] = [
  {
    id: "AGG-1",
    title: "Figures point at nobody",
    sentence: "Published figures never point at one person, directly or indirectly.",
    shownBy: "least sizes of groups and measured noise; attacks that fail",
  },
  {
    id: "AGG-2",
    title: "Which features matter",
    sentence: "Use of features is counted without identity, and can be switched off.",
    shownBy: "counts with a threshold, and the switch",
  },
]
