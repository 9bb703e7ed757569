import type { Promised } from "./promise.ts"

/** The policy and its changes. */
export const pol: readonly Promised[] = [
  {
    id: "POL-1",
    title: "The policy is public",
    sentence:
      "The policy says what is collected, why, who gets it and how long it is kept, with its date on top.",
    shownBy: "a page made from the rules that the running server enforces",
  },
  {
    id: "POL-2",
    title: "Changes are announced",
    sentence: "Changes are posted; material ones are mailed to you in time to opt out or leave.",
    shownBy: "a change that cannot take effect before its notice",
  },
  {
    id: "POL-3",
    title: "Acceptance",
    sentence: "It is on record who accepted which version, and when.",
    shownBy: "the record of acceptance",
  },
  {
    id: "POL-4",
    title: "Old versions stay",
    sentence: "Every version stays readable, with what changed.",
    shownBy: "the page of the policy's history",
  },
  {
    id: "POL-5",
    title: "Whom to ask",
    sentence: "The policy says how to reach the operator about privacy.",
    shownBy: "the contact leads to a request that is followed up",
  },
  {
    id: "POL-6",
    title: "Where data lies",
    sentence: "The policy says in which country data lies, under which law, and how it may move.",
    shownBy: "country and ground for each recipient; a transfer elsewhere is stopped",
  },
  {
    id: "POL-7",
    title: "Fair terms",
    sentence: "The terms are enforced fairly: with a reason, a notice, an appeal, and your export left open.",
    shownBy: "terms by version; a suspension that gives all four",
  },
  {
    id: "POL-8",
    title: "Said when asked",
    sentence: "Where data is asked for, it is said what for.",
    shownBy: "the purpose on every form and permission",
  },
]
